/** `fetch` as a script: every request is kept and answered by the test. */
import { onTestFinished, vi } from 'vitest';

export interface Sent {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: RequestInit['body'];
  readonly signal: AbortSignal | null | undefined;
}

export const API = 'https://api.example';
export const STORAGE = 'https://storage.example';

export const json = (
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response => Response.json(body, { status, headers });

export const problem = (status: number, code: string, headers = {}): Response =>
  json({ title: `Refused: ${code}.`, code, requestId: 'request-1' }, status, headers);

/** Replaces `fetch` for the running test. @returns the requests so far. */
export const answerFetch = (answer: (sent: Sent) => Response | Promise<Response>): Sent[] => {
  const requests: Sent[] = [];
  vi.stubGlobal('fetch', async (url: string, init: RequestInit = {}) => {
    init.signal?.throwIfAborted();
    const { method = 'GET', headers, body, signal } = init;
    const sent = { method, url: new URL(url), headers: new Headers(headers), body, signal };
    requests.push(sent);
    return answer(sent);
  });
  onTestFinished(() => {
    vi.unstubAllGlobals();
  });
  return requests;
};

/** Time passes as fast as the work allows. */
export const skipPauses = (): void => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  const timer = setInterval(() => void vi.advanceTimersToNextTimerAsync(), 0);
  onTestFinished(() => {
    clearInterval(timer);
    vi.useRealTimers();
  });
};

/** As the API answers it. */
export const status = (state: string, more: object = {}) => ({
  id: 'upl_1',
  state,
  rev: 1,
  steps: [],
  progress: 0,
  declared: { name: 'a', size: 3, type: 'text/plain' },
  ...more,
});
