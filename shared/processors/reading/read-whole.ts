/** Reads the pinned object from end to end, chunk by chunk, and lets go of it when the step is stopped. */
import { addAbortSignal } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { Incoming } from '../isolation/isolate.ts';
import type { ProcessorInput } from '../processor.ts';
import { orStopped, throwIfStopped } from './stop.ts';

/** How long chunks may be worked on before timers and sockets, and so the abort signal, get their turn. */
const TURN_MS = 20;

type Readable = Pick<ProcessorInput, 'open' | 'signal'>;

function* cut(chunk: Uint8Array, most: number): Generator<Uint8Array> {
  for (let at = 0; at < chunk.length; at += most) yield chunk.subarray(at, at + most);
}

/**
 * Chunks of the whole object, in order. Errors of the storage pass through as they are.
 * @param most bytes of a chunk, for work that may take long over a few of them
 * @throws the reason of the stop as soon as `signal` is aborted, even between two chunks.
 */
export async function* chunksOf(
  { open, signal }: Readable,
  most = Number.POSITIVE_INFINITY,
): AsyncGenerator<Uint8Array> {
  throwIfStopped(signal);
  const stream = addAbortSignal(signal, await open());
  let turnStarted = performance.now();
  try {
    for await (const chunk of stream) {
      for (const part of cut(chunk as Uint8Array, most)) {
        throwIfStopped(signal);
        yield part;
        if (performance.now() - turnStarted < TURN_MS) continue;
        await setImmediate();
        turnStarted = performance.now();
      }
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
 * The whole object in one piece; the budget of `bytesIn` bounds it.
 * @throws NonRetryableError `over_budget` before anything is read when the object is too large; the reason of the stop.
 */
export const readIntoMemory = async ({
  whole,
  signal,
  source,
  budget,
}: Pick<ProcessorInput, 'whole' | 'signal' | 'source' | 'budget'>): Promise<Buffer> => {
  budget.reach('bytesIn', source.size);
  throwIfStopped(signal);
  return orStopped(whole(), signal);
};

/**
 * The whole object for a process of its own, which takes it as it comes: this one never holds it.
 * @throws NonRetryableError `over_budget` when the object is too large.
 */
export const incoming = (
  input: Pick<ProcessorInput, 'open' | 'signal' | 'source' | 'budget'>,
): Incoming => {
  const { size } = input.source;
  input.budget.reach('bytesIn', size);
  return { size, chunks: () => chunksOf(input) };
};
