/** Follows an upload to its end: by events where the deployment has them, else with questions that wait for the next change. */
import type { Api, Cancel, StatusAnswer } from './api.ts';
import { ApiError, isPassing } from './errors.ts';
import type { Events } from './events.ts';
import { pause } from './pause.ts';
import type { Upload } from './types.ts';

export interface FollowOptions extends Cancel {
  /** Gets every status that is newer than the one before, the last one included. */
  readonly onChange?: ((upload: Upload) => void) | undefined;
  /** How long each question may wait, at most 25; 0 asks as often as the API says. Given, it is asked and not listened. */
  readonly waitSeconds?: number | undefined;
}

export type Follow = (id: string, options?: FollowOptions) => Promise<Upload>;

/** An HTTP API ends every request after 30 seconds. */
const WAIT_SECONDS = 20;
/** Answers that fail one after the other until it is given up: some two minutes. */
const MOST_FAILURES = 8;
const LONGEST_PAUSE_MS = 30_000;

/** A line that says nothing new and ends sooner was not meant to last. */
const SHORTEST_LINE_MS = 1_000;

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

/** What a following has seen so far. */
interface Seen {
  etag: string;
  readonly signal: AbortSignal | undefined;
  readonly onStatus: (status: Upload) => void;
}

/**
 * Listens until the upload has ended, and comes back as long as it is let in. `undefined`: it is to be asked instead,
 * whatever the reason; a reason that counts is met by the next question too.
 */
export const hear = async (events: Events, id: string, seen: Seen): Promise<Upload | undefined> => {
  for (;;) {
    let isOpen = false;
    const before = seen.etag;
    const openedAt = Date.now();
    const onOpen = () => {
      isOpen = true;
    };
    try {
      for await (const { status, etag } of events(id, { ...seen, onOpen })) {
        seen.etag = etag;
        seen.onStatus(status);
        if (!isLive(status)) return status;
      }
      if (seen.etag === before && Date.now() - openedAt < SHORTEST_LINE_MS) return undefined;
    } catch (error) {
      seen.signal?.throwIfAborted();
      if (!(error instanceof ApiError)) throw error;
      // A line that brought something and broke is worth another; one that brought nothing may never bring anything.
      if (!isOpen || !isPassing(error) || seen.etag === before) return undefined;
    }
  }
};

const ask = async (
  api: Pick<Api, 'status'>,
  id: string,
  { seen, waitSeconds }: { readonly seen: Seen; readonly waitSeconds: number },
): Promise<Upload> => {
  const { signal } = seen;
  let failures = 0;
  for (;;) {
    const askedAt = Date.now();
    try {
      // The first question wants an answer at once.
      const question = { etag: seen.etag, waitSeconds: seen.etag === '' ? 0 : waitSeconds, signal };
      const answer = await api.status(id, question);
      const { status } = answer;
      failures = 0;
      seen.etag = answer.etag;
      if (status !== undefined) seen.onStatus(status);
      if (status !== undefined && !isLive(status)) return status;
      const isWaiting = waitSeconds > 0 && status !== undefined;
      await pause(isWaiting ? 0 : pauseMs(answer, Date.now() - askedAt), signal);
    } catch (error) {
      const isLast = !(error instanceof ApiError && isPassing(error)) || failures >= MOST_FAILURES;
      if (isLast) throw error;
      await pause(backoffMs(error, failures), signal);
      failures += 1;
    }
  }
};

/**
 * Resolves with the upload when it has ended, however it did. Each revision is told once and none goes back.
 * @param events where the deployment has them.
 * @throws ApiError 404 when it is deleted meanwhile; the signal's reason.
 */
export const createFollow =
  (api: Pick<Api, 'status'>, events?: Events): Follow =>
  async (id, { signal, onChange, waitSeconds } = {}) => {
    const seen = { etag: '', signal, onStatus: (status: Upload) => onChange?.(status) };
    if (events !== undefined && waitSeconds === undefined) {
      const ended = await hear(events, id, seen);
      if (ended !== undefined) return ended;
    }
    return ask(api, id, { seen, waitSeconds: waitSeconds ?? WAIT_SECONDS });
  };
