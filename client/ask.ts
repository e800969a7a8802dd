/** Sends requests to the API; every refusal is one error with a sentence for people. */
import { ApiError, refusalOf } from './errors.ts';
import type { Session } from './session.ts';

/** A request under a path of the API. @throws ApiError for every answer but 2xx and 304; the signal's reason. */
export type Ask = (path: string, init?: RequestInit) => Promise<Response>;

const reach = async (url: string, init: RequestInit): Promise<Response> =>
  fetch(url, init).catch((cause: unknown) => {
    init.signal?.throwIfAborted();
    throw new ApiError('The service cannot be reached.', 0, { cause });
  });

const accepted = async (answer: Response): Promise<Response> => {
  if (answer.ok || answer.status === 304) return answer;
  throw await refusalOf(answer);
};

const baseOf = (url: string): string => url.replace(/\/+$/, '');

/** In nobody's name. */
export const createOpenAsk = (url: string): Ask => {
  const base = baseOf(url);
  return async (path, init = {}) => accepted(await reach(`${base}${path}`, init));
};

/** In the session's name; a session that has run out is replaced once. */
export const createAsk = (url: string, session: Session): Ask => {
  const base = baseOf(url);
  const askAs = (token: string, path: string, init: RequestInit) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${token}`);
    return reach(`${base}${path}`, { ...init, headers });
  };
  return async (path, init = {}) => {
    const token = await session.token();
    const answer = await askAs(token, path, init);
    if (answer.status !== 401 || !session.forget(token)) return accepted(answer);
    return accepted(await askAs(await session.token(), path, init));
  };
};

/** The answer's JSON, known by one of its fields. @throws ApiError 502 when it is something else. */
export const jsonWith = async <T>(answer: Response, field: keyof T & string): Promise<T> => {
  const body: unknown = await answer.json().catch(() => undefined);
  // The API is ours and its schemas are these types; the field tells its answers from a proxy's.
  if (typeof body === 'object' && body !== null && field in body) return body as T;
  throw new ApiError('The service answered something that this client does not understand.', 502);
};
