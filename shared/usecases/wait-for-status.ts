/**
 * Answers `GET /uploads/{id}?wait=`: at the next revision after the one the caller has seen, or when the time is up. It
 * looks again and again, so it needs no channel that could go deaf: one command to the board each time, and when the
 * board is silent the state itself, less often.
 */
import type { UploadStatus } from '../domain/status.ts';
import type { Principal } from '../ports/session-verifier.ts';
import { createReadStatus, type ReadStatusDeps, type StatusAnswer } from './read-status.ts';

export interface WaitTerms {
  /** 0: the caller has seen none, so it waits for what follows what is there now. */
  readonly seenRev: number;
  readonly waitMs: number;
}

export type WaitForStatus = (
  principal: Principal,
  uploadId: string,
  terms: WaitTerms,
) => Promise<StatusAnswer>;

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 1_000;
/** A poll of the state costs a read unit; nobody is told later than with ordinary polling. */
const STORE_PAUSE_MS = 2_000;

const hasEnded = ({ state }: UploadStatus): boolean =>
  state !== 'awaiting_upload' && state !== 'processing';

/** @throws RequestError `not_found`, also when it is deleted meanwhile; RetryableError. */
export const createWaitForStatus = (deps: ReadStatusDeps): WaitForStatus => {
  const { clock } = deps;
  const readStatus = createReadStatus(deps);
  return async (principal, uploadId, { seenRev, waitMs }) => {
    const until = clock.now() + waitMs;
    let answer = await readStatus(principal, uploadId, seenRev);
    const base = seenRev === 0 ? answer.status.rev : seenRev;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const leftMs = until - clock.now();
      if (answer.status.rev > base || hasEnded(answer.status) || leftMs <= 0) return answer;
      await clock.sleep(Math.min(leftMs, answer.source === 'cache' ? pause : STORE_PAUSE_MS));
      answer = await readStatus(principal, uploadId, base);
    }
  };
};
