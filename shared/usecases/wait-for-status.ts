/**
 * Answers `GET /uploads/{id}?wait=`: with the next status that is another than the one the caller has seen, or when the
 * time is up. Who waits listens first and looks then, so that nothing is missed between the two; and because a bell can
 * go deaf without a word, it looks again now and then all the same, and more often where there is nothing to listen to.
 */

import { revIn } from '../domain/ready-status.ts';
import { isLiveState, ownerOf } from '../domain/upload.ts';
import type { Caller } from '../ports/session-verifier.ts';
import type { BellListener, StatusBell } from '../ports/status-bell.ts';
import { createReadStatus, type ReadStatusDeps, type StatusAnswer } from './read-status.ts';

export interface WaitForStatusDeps extends ReadStatusDeps {
  readonly bell: StatusBell;
}

export interface WaitTerms {
  /** Tags of what the caller has seen; none: it waits for what follows what is there now. */
  readonly seen: readonly string[];
  readonly waitMs: number;
  /** Ends the wait early, with what there is. */
  readonly signal?: AbortSignal | undefined;
}

export type WaitForStatus = (
  caller: Caller,
  uploadId: string,
  terms: WaitTerms,
) => Promise<StatusAnswer>;

/** A ring that got lost is made up for after this long. */
const LISTENING_PAUSE_MS = 5_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 1_000;
/** A look at the state costs a read unit; nobody is told later than with ordinary polling. */
const STORE_PAUSE_MS = 2_000;

/** How long to wait for the next look, when nothing rings. */
const pauseMs = (
  { source }: StatusAnswer,
  listener: BellListener | undefined,
  looks: number,
): number => {
  if (listener?.isListening() === true) return LISTENING_PAUSE_MS;
  if (source === 'store') return STORE_PAUSE_MS;
  return Math.min(FIRST_PAUSE_MS * 2 ** looks, LONGEST_PAUSE_MS);
};

/** @throws RequestError `not_found`, also when it is deleted meanwhile, `unauthenticated` likewise; RetryableError. */
export const createWaitForStatus = (deps: WaitForStatusDeps): WaitForStatus => {
  const { clock, bell } = deps;
  const readStatus = createReadStatus(deps);

  const pause = async (
    ms: number,
    listener: BellListener | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> => {
    const over = new AbortController();
    const leave = () => over.abort();
    signal?.addEventListener('abort', leave, { once: true });
    const rung = listener?.isListening() === true ? [listener.rung(over.signal)] : [];
    await Promise.race([clock.sleep(ms, over.signal), ...rung]);
    over.abort();
    signal?.removeEventListener('abort', leave);
  };

  return async (caller, uploadId, { seen, waitMs, signal }) => {
    const until = clock.now() + waitMs;
    const seenRev = Math.max(0, ...seen.map(revIn));
    let answer = await readStatus(caller, uploadId, seenRev);
    const known = new Set(seen.length === 0 ? [answer.tag] : seen);
    const isOver = (): boolean =>
      !known.has(answer.tag) ||
      !isLiveState(answer.state) ||
      clock.now() >= until ||
      signal?.aborted === true;
    if (isOver()) return answer;

    const { tenant, owner } = caller;
    const listener = await bell.listen({ tenant, owner: ownerOf(uploadId, owner), uploadId });
    try {
      for (let looks = 0; ; looks += 1) {
        answer = await readStatus(caller, uploadId, Math.max(seenRev, answer.rev));
        if (isOver()) return answer;
        const leftMs = until - clock.now();
        await pause(Math.min(leftMs, pauseMs(answer, listener, looks)), listener, signal);
      }
    } finally {
      listener?.close();
    }
  };
};
