/** What a step does when it is told to stop. */
import { PipelineError, RetryableError } from '../../domain/errors.ts';

/** What a stopped step throws: the reason of the worker when that is one of ours. */
const stopReason = (signal: AbortSignal): PipelineError =>
  signal.reason instanceof PipelineError
    ? signal.reason
    : new RetryableError('deadline_exceeded', { cause: signal.reason });

/** @throws the reason of the stop, when there was one. */
export const throwIfStopped = (signal: AbortSignal): void => {
  if (signal.aborted) throw stopReason(signal);
};

/**
 * Waits for work that cannot be interrupted, such as native code, but no longer than until the stop. Work that fails after
 * the stop, or after one that came before it began, is heard all the same: a rejection that nobody hears ends the process.
 * @throws the reason of the stop; what the work answers later is dropped.
 */
export const orStopped = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  let onAbort = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    onAbort = () => reject(stopReason(signal));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([stopped, work]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};
