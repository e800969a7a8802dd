/** Where the API is and whom a command speaks for, from the command line, the environment, or the stack on this machine. */
import { readFile } from 'node:fs/promises';
import { fixedSession, type Session } from '../client/session.ts';
import { createSluice, type Sluice } from '../client/sluice.ts';
import { startSession } from '../client/start-session.ts';
import { UsageError } from './exit-codes.ts';
import { createKeptSessions, type KeptSessions } from './kept-sessions.ts';

export interface Connection {
  readonly url: string;
  /** Where the address was found, in words. */
  readonly foundIn: string;
  /** Where uploads are followed by events; without it they are asked for. */
  readonly followUrl: string | undefined;
  /** Whom it speaks for, in words. */
  readonly speaksFor: string;
  readonly sluice: Sluice;
}

interface Address {
  readonly url: string;
  readonly foundIn: string;
  readonly followUrl?: string | undefined;
  /** The development token of the stack on this machine. */
  readonly token?: string | undefined;
}

/** As local/stack.ts writes it. */
interface AnnouncedStack {
  readonly pid: number;
  readonly httpUrl: string;
  readonly followUrl: string;
  readonly token: string;
}

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const stackFile = new URL('../.local/stack.json', import.meta.url);

/** What `npm start` left there, as long as it runs. */
const announcedStack = async (): Promise<Address | undefined> => {
  const text = await readFile(stackFile, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { pid, httpUrl: url, followUrl, token } = JSON.parse(text) as AnnouncedStack;
  if (!isRunning(pid)) return undefined;
  return { url, followUrl, token, foundIn: 'the stack that "npm start" runs on this machine' };
};

const assertUrl = (address: Address): Address => {
  if (/^https?:\/\//.test(address.url) && URL.canParse(address.url)) return address;
  throw new UsageError(`${address.foundIn} is not an address: it begins with http:// or https://.`);
};

const findAddress = async (
  given: string | undefined,
  { SLUICE_URL }: NodeJS.ProcessEnv,
): Promise<Address> => {
  if (given !== undefined) return assertUrl({ url: given, foundIn: '--url' });
  if (SLUICE_URL) return assertUrl({ url: SLUICE_URL, foundIn: 'SLUICE_URL' });
  const stack = await announcedStack();
  if (stack !== undefined) return stack;
  throw new UsageError(
    'Say where the API is: --url or SLUICE_URL. Or run "npm start" for one on this machine.',
  );
};

/** Starts a session when one is needed, keeps it, and replaces it once it does not count any more. */
const anonymousSession = (url: string, kept: KeptSessions): Session => {
  const refused = new Set<string>();
  let current: Promise<string> | undefined;
  const obtain = async () => {
    const known = await kept.find(url);
    if (known !== undefined && !refused.has(known)) return known;
    const session = await startSession(url);
    await kept.keep(url, session);
    return session.token;
  };
  return {
    token() {
      current ??= obtain();
      return current;
    },
    forget(token) {
      if (!refused.has(token)) current = undefined;
      refused.add(token);
      return true;
    },
  };
};

const namedSession = (url: string, apiKey: string, user: string): Session => {
  let current: Promise<string> | undefined;
  return {
    token() {
      current ??= startSession(url, { apiKey, user }).then(({ token }) => token);
      return current;
    },
    forget: () => false,
  };
};

interface Speaker {
  readonly session: Session;
  readonly speaksFor: string;
}

const findSpeaker = ({ url, token }: Address, environment: NodeJS.ProcessEnv): Speaker => {
  const { SLUICE_TOKEN, SLUICE_API_KEY, SLUICE_USER } = environment;
  if (SLUICE_TOKEN) {
    return { session: fixedSession(SLUICE_TOKEN), speaksFor: 'the session in SLUICE_TOKEN' };
  }
  if (SLUICE_API_KEY) {
    if (!SLUICE_USER)
      throw new UsageError('SLUICE_API_KEY needs SLUICE_USER: whose session is it?');
    const session = namedSession(url, SLUICE_API_KEY, SLUICE_USER);
    return { session, speaksFor: 'SLUICE_USER by the key in SLUICE_API_KEY' };
  }
  if (token !== undefined) {
    return { session: fixedSession(token), speaksFor: 'the development token of that stack' };
  }
  const session = anonymousSession(url, createKeptSessions(environment));
  return { session, speaksFor: 'an anonymous session, kept on this machine' };
};

const findFollowUrl = ({ followUrl }: Address, { SLUICE_FOLLOW_URL }: NodeJS.ProcessEnv) =>
  SLUICE_FOLLOW_URL
    ? assertUrl({ url: SLUICE_FOLLOW_URL, foundIn: 'SLUICE_FOLLOW_URL' }).url
    : followUrl;

/** @throws UsageError for what cannot be, naming the setting. Reaches nothing yet. */
export const connect = async (
  given: string | undefined,
  environment = process.env,
): Promise<Connection> => {
  const address = await findAddress(given, environment);
  const { session, speaksFor } = findSpeaker(address, environment);
  const { url, foundIn } = address;
  const followUrl = findFollowUrl(address, environment);
  const sluice = createSluice({ url, followUrl, session });
  return { url, foundIn, followUrl, speaksFor, sluice };
};
