/** Cuts a stream into windows of one size, so that no answer depends on how the network cut it. */
import type { ProcessorInput } from '../processor.ts';
import { chunksOf } from './read-whole.ts';

export const WINDOW_BYTES = 64 * 1024;

/**
 * Windows of exactly `WINDOW_BYTES`, the last one shorter; none for an empty object.
 * A window is only valid until the next one is asked for.
 * @param place answers where the next window goes, `WINDOW_BYTES` at least; by default all share one piece of memory
 */
export async function* windowsOf(
  input: Pick<ProcessorInput, 'open' | 'signal'>,
  place: () => Buffer = onePlace(),
): AsyncGenerator<Buffer> {
  let window = place();
  let filled = 0;
  for await (const chunk of chunksOf(input)) {
    for (let taken = 0; taken < chunk.length; ) {
      const part = chunk.subarray(taken, taken + WINDOW_BYTES - filled);
      window.set(part, filled);
      filled += part.length;
      taken += part.length;
      if (filled < WINDOW_BYTES) continue;
      yield window.subarray(0, WINDOW_BYTES);
      window = place();
      filled = 0;
    }
  }
  if (filled > 0) yield window.subarray(0, filled);
}

const onePlace = (): (() => Buffer) => {
  const window = Buffer.allocUnsafe(WINDOW_BYTES);
  return () => window;
};
