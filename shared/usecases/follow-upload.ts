/**
 * Follows one upload: what it is now, unless the caller has seen that, then every change until it has ended or the caller
 * is told to come back. Built of waits, so whatever makes a wait right makes this right too; the session is asked again
 * at every look, so what is followed ends with it.
 */
import { isLiveState } from '../domain/upload.ts';
import type { Caller } from '../ports/session-verifier.ts';
import type { StatusAnswer } from './read-status.ts';
import { createWaitForStatus, type WaitForStatusDeps } from './wait-for-status.ts';

export interface FollowTerms {
  /** The tag of what the caller has seen; none when it has seen nothing. */
  readonly seen: readonly string[];
  /** When it aborts, the following ends without a word: the caller has left, or has to come back. */
  readonly signal: AbortSignal;
}

/** `quiet`: nothing has changed for a while, and the line is alive. */
export type FollowUpload = (
  caller: Caller,
  uploadId: string,
  terms: FollowTerms,
) => AsyncGenerator<StatusAnswer | 'quiet', void, undefined>;

/** Well below what proxies take for a dead connection: half a minute at the shortest. */
const QUIET_MS = 15_000;

/**
 * Gives nothing at all when the caller has seen the end.
 * @throws RequestError `not_found`, also when it is deleted meanwhile, `unauthenticated` likewise; RetryableError.
 */
export const createFollowUpload = (deps: WaitForStatusDeps): FollowUpload => {
  const waitForStatus = createWaitForStatus(deps);
  return async function* followUpload(caller, uploadId, { seen, signal }) {
    let answer = await waitForStatus(caller, uploadId, { seen, waitMs: 0 });
    if (!seen.includes(answer.tag)) yield answer;
    else if (isLiveState(answer.state)) yield 'quiet';
    while (isLiveState(answer.state) && !signal.aborted) {
      const terms = { seen: [answer.tag], waitMs: QUIET_MS, signal };
      const next = await waitForStatus(caller, uploadId, terms);
      if (next.tag !== answer.tag) yield next;
      else if (!signal.aborted) yield 'quiet';
      answer = next;
    }
  };
};
