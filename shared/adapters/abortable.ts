/** Ties a stream to a signal: on abort it ends with the reason of the abort, and its source is let go. */
import type { Readable } from 'node:stream';

const asError = (reason: unknown): Error =>
  reason instanceof Error ? reason : new Error('The stream was aborted.', { cause: reason });

export const abortable = <T extends Readable>(stream: T, signal: AbortSignal | undefined): T => {
  if (signal === undefined) return stream;
  const stop = (): void => {
    stream.destroy(asError(signal.reason));
  };
  if (signal.aborted) {
    stop();
    return stream;
  }
  signal.addEventListener('abort', stop, { once: true });
  stream.once('close', () => signal.removeEventListener('abort', stop));
  return stream;
};
