/** Whom the page speaks for and where the API is. The one file to change when sessions are obtained in another way. */
import type { Session } from '../client/session.ts';
import { startSession } from '../client/start-session.ts';

export interface PageSession extends Session {
  readonly apiUrl: string;
  /** Where uploads are followed by events; absent where the deployment has no such place. */
  readonly followUrl: string | undefined;
}

interface Settings {
  /** Where the API is: an address, or a path on the page's own origin. */
  readonly apiUrl: string;
  /** The function URL of `follow-upload`, or a path on the page's own origin. */
  readonly followUrl: string | undefined;
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
  const session = await startSession(apiUrl).catch((cause: unknown) => {
    throw new Error('The service did not open a session for this page.', { cause });
  });
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
  const followUrl = textIn(settings, 'followUrl')?.replace(/\/$/, '');
  return { apiUrl, followUrl, token: textIn(settings, 'token') };
};

/** Reads `config.json` beside the page. @throws Error with a sentence for people. */
export const openSession = async (): Promise<PageSession> => {
  const { apiUrl, followUrl, token } = await readSettings();
  let current: Promise<string> | undefined;
  let known: string | undefined;
  const obtain = async () => {
    known = token ?? readKept()?.token ?? (await startAnonymous(apiUrl));
    return known;
  };
  return {
    apiUrl,
    followUrl,
    token() {
      // All requests of the first moment wait for one session.
      current ??= obtain().catch((error: unknown) => {
        current = undefined;
        throw error;
      });
      return current;
    },
    forget(refused) {
      if (token !== undefined) return false;
      if (refused === known) {
        current = undefined;
        keep(undefined);
      }
      return true;
    },
  };
};
