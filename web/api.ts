/** The HTTP API as the page uses it: `fetch`, and every refusal as one error with a sentence for people. */
import type { HistoryEntry } from '../shared/domain/history.ts';
import type { UploadStatus } from '../shared/domain/status.ts';
import type { Session } from './session.ts';

export interface Declared {
  readonly name: string;
  readonly size: number;
  readonly type?: string;
  readonly sha256?: string;
}

/** The form that puts exactly one object. */
export interface UploadForm {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface CreatedUpload {
  readonly upload: UploadStatus;
  readonly post: UploadForm;
}

export interface UploadPage {
  readonly uploads: readonly UploadStatus[];
  readonly cursor?: string;
}

export interface StatusQuestion {
  /** Of the last answer; empty at first. */
  readonly etag: string;
  /** How long the API may wait for a change before it answers; one that cannot wait answers at once. */
  readonly waitSeconds: number;
  readonly signal: AbortSignal;
}

export interface StatusAnswer {
  /** Absent: unchanged since `etag`. */
  readonly status: UploadStatus | undefined;
  readonly etag: string;
  readonly retryAfterSeconds: number | undefined;
}

export interface Api {
  /** The same `key` again means the same upload: an answer that got lost makes no second one. */
  create(declared: Declared, key: string, signal: AbortSignal): Promise<CreatedUpload>;
  list(cursor?: string): Promise<UploadPage>;
  status(id: string, question: StatusQuestion): Promise<StatusAnswer>;
  /** Takes an upload back with everything that was made of it; also one that is gone already. */
  erase(id: string): Promise<void>;
  history(id: string): Promise<readonly HistoryEntry[]>;
  /** A short-lived address of a derived file, for an `img` or a download. Ask again when it has run out. */
  link(href: string): Promise<string>;
  /** The text in a derived file. */
  content(href: string): Promise<string>;
}

interface Refusal {
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

/** The API refused or could not be reached (`status` 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, status: number, more: Refusal = {}) {
    super(message, { cause: more.cause });
    this.name = 'ApiError';
    this.status = status;
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
}

const secondsOf = (answer: Response): number | undefined => {
  const header = answer.headers.get('retry-after');
  const seconds = Number(header ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
};

const textOf = (problem: unknown, field: string): string => {
  if (typeof problem !== 'object' || problem === null) return '';
  const value: unknown = Reflect.get(problem, field);
  return typeof value === 'string' ? value : '';
};

const refusalOf = async (answer: Response): Promise<ApiError> => {
  const problem: unknown = await answer.json().catch(() => undefined);
  const words = [textOf(problem, 'title'), textOf(problem, 'detail')].filter(Boolean).join(' ');
  const sentence = words || `The service answered with an error (${answer.status}).`;
  return new ApiError(sentence, answer.status, { retryAfterSeconds: secondsOf(answer) });
};

/** The answer's JSON, known by one of its fields. */
const jsonWith = async <T>(answer: Response, field: keyof T & string): Promise<T> => {
  const body: unknown = await answer.json();
  // The API is ours and versioned; the field tells its answers from a proxy's.
  if (typeof body === 'object' && body !== null && field in body) return body as T;
  throw new ApiError('The service answered something this page does not understand.', 502);
};

const isJson = (answer: Response): boolean =>
  (answer.headers.get('content-type') ?? '').startsWith('application/json');

/** Sends a request in the session's name; a session that has run out is replaced once. */
const createAsk = (session: Session) => {
  const askAs = async (authorization: string, path: string, init: RequestInit) => {
    const headers = { ...init.headers, authorization };
    return fetch(`${session.apiUrl}${path}`, { ...init, headers }).catch((cause: unknown) => {
      init.signal?.throwIfAborted();
      throw new ApiError('The service cannot be reached.', 0, { cause });
    });
  };
  return async (path: string, init: RequestInit = {}): Promise<Response> => {
    const authorization = await session.authorization();
    let answer = await askAs(authorization, path, init);
    // Of many requests that met the same end only the first may throw the session away.
    const isStale = answer.status === 401 && authorization === (await session.authorization());
    if (answer.status === 401 && (!isStale || session.forget())) {
      answer = await askAs(await session.authorization(), path, init);
    }
    if (answer.ok || answer.status === 304) return answer;
    throw await refusalOf(answer);
  };
};

export const createApi = (session: Session): Api => {
  const ask = createAsk(session);

  const link = async (href: string): Promise<string> => {
    const answer = await ask(href, { headers: { accept: 'application/json' } });
    // An API that names the address in its answer spares the page following it.
    if (!answer.redirected && isJson(answer)) {
      return (await jsonWith<{ readonly url: string }>(answer, 'url')).url;
    }
    await answer.body?.cancel();
    return answer.url;
  };

  return {
    async create(declared, key, signal) {
      const answer = await ask('/uploads', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(declared),
        signal,
      });
      return jsonWith<CreatedUpload>(answer, 'post');
    },
    async list(cursor) {
      const page = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      return jsonWith<UploadPage>(await ask(`/uploads?limit=25${page}`), 'uploads');
    },
    async status(id, { etag, waitSeconds, signal }) {
      const wait = waitSeconds > 0 ? `?wait=${waitSeconds}` : '';
      const answer = await ask(`/uploads/${encodeURIComponent(id)}${wait}`, {
        headers: etag === '' ? {} : { 'if-none-match': etag },
        signal,
      });
      const status =
        answer.status === 304 ? undefined : await jsonWith<UploadStatus>(answer, 'steps');
      return {
        status,
        etag: answer.headers.get('etag') ?? etag,
        retryAfterSeconds: secondsOf(answer),
      };
    },
    async erase(id) {
      await ask(`/uploads/${encodeURIComponent(id)}`, { method: 'DELETE' }).catch((error) => {
        if (!(error instanceof ApiError && error.status === 404)) throw error;
      });
    },
    async history(id) {
      const answer = await ask(`/uploads/${encodeURIComponent(id)}/history`);
      return (await jsonWith<{ readonly history: readonly HistoryEntry[] }>(answer, 'history'))
        .history;
    },
    link,
    async content(href) {
      const answer = await fetch(await link(href)).catch((cause: unknown) => {
        throw new ApiError('The file storage cannot be reached.', 0, { cause });
      });
      if (!answer.ok) throw new ApiError('The file storage did not give the file.', answer.status);
      return answer.text();
    },
  };
};
