/** Follows an upload to its end with questions that wait for the next change. */
import type { Api, Cancel, StatusAnswer } from './api.ts';
import { ApiError, isPassing } from './errors.ts';
import { pause } from './pause.ts';
import type { Upload } from './types.ts';

export interface FollowOptions extends Cancel {
  /** Gets every status that is newer than the one before, the last one included. */
  readonly onChange?: ((upload: Upload) => void) | undefined;
  /** How long each question may wait, at most 25; 0 asks as often as the API says. */
  readonly waitSeconds?: number | undefined;
}

export type Follow = (id: string, options?: FollowOptions) => Promise<Upload>;

/** An HTTP API ends every request after 30 seconds. */
const WAIT_SECONDS = 20;
/** Answers that fail one after the other until it is given up: some two minutes. */
const MOST_FAILURES = 8;
const LONGEST_PAUSE_MS = 30_000;

/** Will it still change? */
export const isLive = ({ state }: Pick<Upload, 'state'>): boolean =>
  state === 'awaiting_upload' || state === 'processing';

/** Full jitter: clients that lost the same API do not come back at the same moment. */
const backoffMs = ({ retryAfterSeconds = 0.5 }: ApiError, failures: number): number => {
  const most = Math.min(LONGEST_PAUSE_MS, 1_000 * 2 ** failures);
  return Math.max(retryAfterSeconds * 1_000, most * (0.5 + Math.random() / 2));
};

/** Whoever has waited may ask again at once; an API that did not wait says itself when. */
const pauseMs = ({ status, retryAfterSeconds = 1 }: StatusAnswer, waitedMs: number): number =>
  status === undefined && waitedMs >= 1_000 ? 0 : retryAfterSeconds * 1_000;

/**
 * Resolves with the upload when it has ended, however it did. Each revision is told once and none goes back.
 * @throws ApiError 404 when it is deleted meanwhile; the signal's reason.
 */
export const createFollow =
  (api: Pick<Api, 'status'>): Follow =>
  async (id, { signal, onChange, waitSeconds = WAIT_SECONDS } = {}) => {
    let etag = '';
    let failures = 0;
    for (;;) {
      const askedAt = Date.now();
      try {
        // The first question wants an answer at once.
        const question = { etag, waitSeconds: etag === '' ? 0 : waitSeconds, signal };
        const answer = await api.status(id, question);
        const { status } = answer;
        failures = 0;
        etag = answer.etag;
        if (status !== undefined) onChange?.(status);
        if (status !== undefined && !isLive(status)) return status;
        const isWaiting = waitSeconds > 0 && status !== undefined;
        await pause(isWaiting ? 0 : pauseMs(answer, Date.now() - askedAt), signal);
      } catch (error) {
        const isLast =
          !(error instanceof ApiError && isPassing(error)) || failures >= MOST_FAILURES;
        if (isLast) throw error;
        await pause(backoffMs(error, failures), signal);
        failures += 1;
      }
    }
  };
