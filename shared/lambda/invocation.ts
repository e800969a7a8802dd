/** What the platform says about one invocation, in the terms of the use cases. */
import { setMaxListeners } from 'node:events';
import type { Context } from 'aws-lambda';
import type { Clock } from '../ports/clock.ts';

/** The part of Lambda's context that we use. */
export type InvocationContext = Pick<Context, 'awsRequestId' | 'getRemainingTimeInMillis'>;

/** Kept back at the end of an invocation to record outcomes and answer. */
export const DEADLINE_MARGIN_MS = 3_000;

export interface Deadline {
  readonly signal: AbortSignal;
  readonly remainingMs: number;
  /** Frees the timer; call it when the work is done. */
  stop(): void;
}

/** A signal that aborts with `reason` a margin before Lambda would kill the invocation. */
export const deadlineOf = (context: InvocationContext, clock: Clock, reason: Error): Deadline => {
  const remainingMs = Math.max(0, context.getRemainingTimeInMillis() - DEADLINE_MARGIN_MS);
  const reached = new AbortController();
  // Every record and step of the invocation listens to this one; Node takes more than ten for a leak.
  setMaxListeners(0, reached.signal);
  const stopped = new AbortController();
  void clock.sleep(remainingMs, stopped.signal).then(() => {
    if (!stopped.signal.aborted) reached.abort(reason);
  });
  return { signal: reached.signal, remainingMs, stop: () => stopped.abort('done') };
};
