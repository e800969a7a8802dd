/** Asks the API for a session. */
import { createOpenAsk, jsonWith } from './ask.ts';
import type { SessionTerms, StartedSession } from './types.ts';

export interface StartTerms extends SessionTerms {
  /** Of the tenant, for a backend that names its `user`. Without one the session is anonymous, where that is allowed. */
  readonly apiKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * `POST /sessions`.
 * @param url where the API is.
 * @throws ApiError 401 for a key that is not good, or for none where one is needed.
 */
export const startSession = async (
  url: string,
  { apiKey, signal, ...terms }: StartTerms = {},
): Promise<StartedSession> => {
  const authorization = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  const answer = await createOpenAsk(url)('/sessions', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization },
    body: JSON.stringify(terms),
    signal: signal ?? null,
  });
  return jsonWith<StartedSession>(answer, 'token');
};
