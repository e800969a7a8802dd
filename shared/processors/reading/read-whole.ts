/** Reads the pinned object from end to end, chunk by chunk, and lets go of it when the step is stopped. */
import { addAbortSignal } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { ProcessorInput } from '../processor.ts';
import { throwIfStopped } from './stop.ts';

/** How long chunks may be worked on before timers and sockets, and so the abort signal, get their turn. */
const TURN_MS = 20;

type Readable = Pick<ProcessorInput, 'open' | 'signal'>;

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

/**
 * The whole object in one piece, for decoders that want it so; the budget of `bytesIn` bounds it.
 * @throws NonRetryableError `over_budget` before anything is read when the object is too large.
 */
export const readIntoMemory = async (
  input: Pick<ProcessorInput, 'open' | 'signal' | 'source' | 'budget'>,
): Promise<Buffer> => {
  input.budget.reach('bytesIn', input.source.size);
  const chunks: Uint8Array[] = [];
  for await (const chunk of chunksOf(input)) chunks.push(chunk);
  return Buffer.concat(chunks);
};
