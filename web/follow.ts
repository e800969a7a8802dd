/**
 * Follows live uploads: a few by events where the deployment has them; of the others it asks for each status as often as
 * the API says, less often when nothing changes, nobody looks or nobody answers.
 */

import type { StatusAnswer } from '../client/api.ts';
import { ApiError } from '../client/errors.ts';
import { hear, isLive } from '../client/follow.ts';
import type { Sluice } from '../client/sluice.ts';
import type { UploadStatus } from '../shared/domain/status.ts';
import { createGate } from './gate.ts';
import { createSleepers, untilOnline } from './pause.ts';

export interface FollowerOptions {
  readonly api: Pick<Sluice, 'status' | 'events'>;
  readonly onStatus: (status: UploadStatus) => void;
  /** The API knows no such upload, or shows it to others only. */
  readonly onGone: (id: string) => void;
  /** A sentence while the API does not answer, `undefined` as soon as it does again. */
  readonly onTrouble: (sentence: string | undefined) => void;
}

export interface Follower {
  /**
   * Until it has ended. Following what is followed already changes nothing.
   * @param isSent its bytes are there: it will be processed at any moment.
   */
  follow(id: string, isSent?: boolean): void;
  unfollow(id: string): void;
  /** Ends every pause: something may have changed. */
  wake(): void;
}

/** A browser opens six connections to a host over HTTP/1.1; the rest is for uploads and results. */
const QUESTIONS_AT_ONCE = 2;
/** A waiting question and a line of events hold a connection all the time: only so few may, beside the others. */
const MOST_WAITING = 2;
const MOST_HEARD = 2;
const WAIT_SECONDS = 20;

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;
const LONGEST_BACKOFF_MS = 30_000;
/** So many answers without a change are usual; after them the pauses grow. */
const PATIENT_ANSWERS = 10;
const GROWTH = 1.3;
/** Nobody looks at a page in the background. */
const UNSEEN_FACTOR = 5;

/** The API's own wish, stretched while nothing changes. */
const pauseAfter = ({ retryAfterSeconds }: StatusAnswer, unchanged: number): number => {
  const asked =
    retryAfterSeconds === undefined ? FIRST_PAUSE_MS : Math.max(100, retryAfterSeconds * 1_000);
  const stretched = asked * GROWTH ** Math.max(0, unchanged - PATIENT_ANSWERS);
  const seen = Math.max(asked, Math.min(LONGEST_PAUSE_MS, stretched));
  return document.hidden ? seen * UNSEEN_FACTOR : seen;
};

/** Full jitter: pages that lost the same API do not come back at the same moment. */
const backoffAfter = (error: ApiError, failures: number): number => {
  const most = Math.min(LONGEST_BACKOFF_MS, FIRST_PAUSE_MS * 2 ** failures);
  const least = (error.retryAfterSeconds ?? 0.5) * 1_000;
  return Math.max(least, most * (0.5 + Math.random() / 2));
};

/** What is known of an upload while it is followed. */
interface Followed {
  etag: string;
  status: UploadStatus | undefined;
  /** Events did not come: it is asked from then on. */
  isDeaf: boolean;
  readonly isSent: boolean;
  readonly signal: AbortSignal;
  readonly onStatus: (status: UploadStatus) => void;
}

const createQuestions = (options: FollowerOptions, isFew: () => boolean) => {
  const { api } = options;
  const { events } = api;
  const gate = createGate(QUESTIONS_AT_ONCE);
  let heard = 0;

  /** Only while it is processed or about to be: what waits for its bytes may wait for hours. */
  const mayListen = ({ status, isDeaf, isSent }: Followed): boolean =>
    events !== undefined &&
    (isSent || status?.state === 'processing') &&
    !isDeaf &&
    heard < MOST_HEARD &&
    !document.hidden;

  return {
    mayListen,
    /** `false`: it is to be asked instead. */
    async listen(id: string, followed: Followed): Promise<boolean> {
      if (events === undefined || !mayListen(followed)) return false;
      heard += 1;
      try {
        followed.isDeaf = (await hear(events, id, followed)) === undefined;
        return !followed.isDeaf;
      } finally {
        heard -= 1;
      }
    },
    async ask(id: string, { etag, signal }: Followed): Promise<StatusAnswer> {
      await untilOnline(signal);
      // The first question wants an answer at once.
      return isFew() && etag !== ''
        ? api.status(id, { etag, waitSeconds: WAIT_SECONDS, signal })
        : gate.pass(() => api.status(id, { etag, waitSeconds: 0, signal }), signal);
    },
  };
};

export const createFollower = (options: FollowerOptions): Follower => {
  const { onGone, onTrouble } = options;
  const following = new Map<string, AbortController>();
  const questions = createQuestions(options, () => following.size <= MOST_WAITING);
  const sleepers = createSleepers();

  const followToItsEnd = async (
    id: string,
    { signal, isSent }: Pick<Followed, 'signal' | 'isSent'>,
  ): Promise<void> => {
    let unchanged = 0;
    let failures = 0;
    const onStatus = (status: UploadStatus) => {
      // Whoever hears of a change, by an answer or by an event, is answered again.
      onTrouble(undefined);
      followed.status = status;
      options.onStatus(status);
    };
    const nothing = { etag: '', status: undefined, isDeaf: false };
    const followed: Followed = { ...nothing, isSent, signal, onStatus };
    while (!signal.aborted) {
      try {
        if (await questions.listen(id, followed)) return;
        const answer = await questions.ask(id, followed);
        onTrouble(undefined);
        failures = 0;
        followed.etag = answer.etag;
        unchanged = answer.status === undefined ? unchanged + 1 : 0;
        if (answer.status !== undefined) {
          onStatus(answer.status);
          if (!isLive(answer.status)) return;
        }
        if (questions.mayListen(followed)) continue;
        await sleepers.sleep(pauseAfter(answer, unchanged), signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        if (error.status === 404) return onGone(id);
        onTrouble(error.message);
        await sleepers.sleep(backoffAfter(error, failures), signal);
        failures += 1;
      }
    }
  };

  return {
    follow(id, isSent = false) {
      if (following.has(id)) return;
      const controller = new AbortController();
      following.set(id, controller);
      followToItsEnd(id, { signal: controller.signal, isSent })
        .catch((error: unknown) => reportError(error))
        .finally(() => {
          if (following.get(id) === controller) following.delete(id);
        });
    },
    unfollow(id) {
      following.get(id)?.abort();
      following.delete(id);
    },
    wake: sleepers.wake,
  };
};
