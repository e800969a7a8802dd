/** Follows live uploads: asks for each status as often as the API says, less often when nothing changes, nobody looks or nobody answers. */

import type { Api, StatusAnswer } from '../client/api.ts';
import { ApiError } from '../client/errors.ts';
import { isLive } from '../client/follow.ts';
import type { UploadStatus } from '../shared/domain/status.ts';
import { createGate } from './gate.ts';
import { untilOnline } from './pause.ts';

export interface FollowerOptions {
  readonly api: Pick<Api, 'status'>;
  readonly onStatus: (status: UploadStatus) => void;
  /** The API knows no such upload, or shows it to others only. */
  readonly onGone: (id: string) => void;
  /** A sentence while the API does not answer, `undefined` as soon as it does again. */
  readonly onTrouble: (sentence: string | undefined) => void;
}

export interface Follower {
  /** Until it has ended. Following what is followed already changes nothing. */
  follow(id: string): void;
  unfollow(id: string): void;
  /** Ends every pause: something may have changed. */
  wake(): void;
}

/** A browser opens six connections to a host over HTTP/1.1; the rest is for uploads and results. */
const QUESTIONS_AT_ONCE = 2;
/** A waiting question holds a connection all the time: only so few uploads may ask that way, beside the others. */
const MOST_WAITING = 2;
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

export const createFollower = (options: FollowerOptions): Follower => {
  const { api, onStatus, onGone, onTrouble } = options;
  const followed = new Map<string, AbortController>();
  const gate = createGate(QUESTIONS_AT_ONCE);
  const sleepers = new Set<() => void>();

  const sleep = (ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      const wakeUp = () => {
        clearTimeout(timer);
        sleepers.delete(wakeUp);
        resolve();
      };
      const timer = setTimeout(wakeUp, ms);
      sleepers.add(wakeUp);
      signal.addEventListener('abort', wakeUp, { once: true });
    });

  const ask = async (id: string, etag: string, signal: AbortSignal) => {
    await untilOnline(signal);
    // The first question wants an answer at once.
    return followed.size <= MOST_WAITING && etag !== ''
      ? api.status(id, { etag, waitSeconds: WAIT_SECONDS, signal })
      : gate.pass(() => api.status(id, { etag, waitSeconds: 0, signal }), signal);
  };

  const followToItsEnd = async (id: string, signal: AbortSignal): Promise<void> => {
    let etag = '';
    let unchanged = 0;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const answer = await ask(id, etag, signal);
        onTrouble(undefined);
        failures = 0;
        etag = answer.etag;
        unchanged = answer.status === undefined ? unchanged + 1 : 0;
        if (answer.status !== undefined) {
          onStatus(answer.status);
          if (!isLive(answer.status)) return;
        }
        await sleep(pauseAfter(answer, unchanged), signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        if (error.status === 404) return onGone(id);
        onTrouble(error.message);
        await sleep(backoffAfter(error, failures), signal);
        failures += 1;
      }
    }
  };

  return {
    follow(id) {
      if (followed.has(id)) return;
      const controller = new AbortController();
      followed.set(id, controller);
      followToItsEnd(id, controller.signal)
        .catch((error: unknown) => reportError(error))
        .finally(() => {
          if (followed.get(id) === controller) followed.delete(id);
        });
    },
    unfollow(id) {
      followed.get(id)?.abort();
      followed.delete(id);
    },
    wake() {
      for (const wakeUp of [...sleepers]) wakeUp();
    },
  };
};
