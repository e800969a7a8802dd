/** Anonymous sessions between two commands: without them nobody could come back to an upload. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { StartedSession } from '../client/types.ts';

export interface KeptSessions {
  /** One that outlives the next hour. */
  find(url: string): Promise<string | undefined>;
  keep(url: string, session: StartedSession): Promise<void>;
}

type Kept = Readonly<Record<string, { readonly token: string; readonly expiresAt: string }>>;

const NEEDED_MS = 60 * 60_000;

const fileIn = ({ XDG_STATE_HOME: folder }: NodeJS.ProcessEnv): string =>
  join(folder || join(homedir(), '.local/state'), 'sluice', 'sessions.json');

/** A file that is damaged or of another version is as good as none. */
const readKept = async (file: string): Promise<Kept> => {
  try {
    const kept: unknown = JSON.parse(await readFile(file, 'utf8'));
    return typeof kept === 'object' && kept !== null ? (kept as Kept) : {};
  } catch {
    return {};
  }
};

export const createKeptSessions = (environment = process.env): KeptSessions => {
  const file = fileIn(environment);
  return {
    async find(url) {
      const { [url]: session } = await readKept(file);
      const left = Date.parse(session?.expiresAt ?? '') - Date.now();
      return left > NEEDED_MS ? session?.token : undefined;
    },
    async keep(url, { token, expiresAt }) {
      const all = Object.entries(await readKept(file)).filter(
        ([, one]) => Date.parse(one.expiresAt) > Date.now(),
      );
      const kept = { ...Object.fromEntries(all), [url]: { token, expiresAt } };
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      // Another command may read at the same moment: it finds the old file or the new one, never half of it.
      const fresh = `${file}.${process.pid}`;
      await writeFile(fresh, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 });
      await rename(fresh, file);
    },
  };
};
