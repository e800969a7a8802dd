/** Whom the page speaks for and where the API is. The one file to change when sessions are obtained in another way. */

export interface Session {
  readonly apiUrl: string;
  /** The value of the Authorization header; asks for a session where there is none yet. */
  authorization(): Promise<string>;
  /** The API does not know this session (any more). `true` when the next `authorization` is another one. */
  forget(): boolean;
}

interface Settings {
  /** Where the API is: an address, or a path on the page's own origin. */
  readonly apiUrl: string;
  /** A fixed token. Without it the page asks for an anonymous session of its own. */
  readonly token: string | undefined;
}

interface KeptSession {
  readonly token: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

const KEY = 'sluice.session.v1';
/** A session must outlive the upload that it starts. */
const RENEWED_BEFORE_MS = 60 * 60_000;

const textIn = (value: unknown, field: string): string | undefined => {
  const found: unknown =
    typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
  return typeof found === 'string' ? found : undefined;
};

const sessionIn = (value: unknown): KeptSession | undefined => {
  const token = textIn(value, 'token');
  const expiresAt = textIn(value, 'expiresAt');
  if (token === undefined || expiresAt === undefined) return undefined;
  return Date.parse(expiresAt) - Date.now() > RENEWED_BEFORE_MS ? { token, expiresAt } : undefined;
};

/** A browser may refuse storage; then a session lives as long as the page. */
const readKept = (): KeptSession | undefined => {
  try {
    return sessionIn(JSON.parse(localStorage.getItem(KEY) ?? 'null'));
  } catch {
    return undefined;
  }
};

const keep = (session: KeptSession | undefined): void => {
  try {
    if (session === undefined) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, JSON.stringify(session));
  } catch {
    // Refused: see readKept.
  }
};

const startAnonymous = async (apiUrl: string): Promise<string> => {
  const answer = await fetch(`${apiUrl}/sessions`, { method: 'POST' }).catch(() => undefined);
  const session = answer?.ok ? sessionIn(await answer.json()) : undefined;
  if (session === undefined) throw new Error('The service did not open a session for this page.');
  keep(session);
  return session.token;
};

const readSettings = async (): Promise<Settings> => {
  const answer = await fetch('config.json', { cache: 'no-store' });
  const settings: unknown = answer.ok ? await answer.json() : undefined;
  const apiUrl = textIn(settings, 'apiUrl')?.replace(/\/$/, '');
  if (apiUrl === undefined) {
    throw new Error('This page does not know its API: its config.json is missing or incomplete.');
  }
  return { apiUrl, token: textIn(settings, 'token') };
};

/** Reads `config.json` beside the page. @throws Error with a sentence for people. */
export const openSession = async (): Promise<Session> => {
  const { apiUrl, token } = await readSettings();
  let current: Promise<string> | undefined;
  const obtain = async () => token ?? readKept()?.token ?? (await startAnonymous(apiUrl));
  return {
    apiUrl,
    async authorization() {
      // All requests of the first moment wait for one session.
      current ??= obtain().catch((error: unknown) => {
        current = undefined;
        throw error;
      });
      return `Bearer ${await current}`;
    },
    forget() {
      if (token !== undefined) return false;
      current = undefined;
      keep(undefined);
      return true;
    },
  };
};
