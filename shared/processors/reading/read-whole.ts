/** Reads the pinned object from end to end, chunk by chunk, and lets go of it when the step is stopped. */
import { addAbortSignal } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { PipelineError, RetryableError } from '../../domain/errors.ts';
import type { ProcessorInput } from '../processor.ts';

/** How long chunks may be worked on before timers and sockets, and so the abort signal, get their turn. */
const TURN_MS = 20;

type Readable = Pick<ProcessorInput, 'open' | 'signal'>;

/** What a stopped step throws: the reason of the worker when that is one of ours. */
export const stopReason = (signal: AbortSignal): PipelineError =>
  signal.reason instanceof PipelineError
    ? signal.reason
    : new RetryableError('deadline_exceeded', { cause: signal.reason });

/** @throws the reason of the stop, when there was one. */
export const throwIfStopped = (signal: AbortSignal): void => {
  if (signal.aborted) throw stopReason(signal);
};

/**
 * Chunks of the whole object, in order. Errors of the storage pass through as they are.
 * @throws the reason of the stop as soon as `signal` is aborted, even between two chunks.
 */
export async function* chunksOf({ open, signal }: Readable): AsyncGenerator<Uint8Array> {
  throwIfStopped(signal);
  const stream = addAbortSignal(signal, await open());
  let turnStarted = performance.now();
  try {
    for await (const chunk of stream) {
      throwIfStopped(signal);
      yield chunk as Uint8Array;
      if (performance.now() - turnStarted < TURN_MS) continue;
      await setImmediate();
      turnStarted = performance.now();
    }
  } catch (error) {
    throwIfStopped(signal);
    throw error;
  } finally {
    stream.destroy();
  }
}

/** Calls `onChunk` with each chunk of the whole object; throws as `chunksOf` does. */
export const readWhole = async (
  input: Readable,
  onChunk: (chunk: Uint8Array) => void,
): Promise<void> => {
  for await (const chunk of chunksOf(input)) onChunk(chunk);
};
