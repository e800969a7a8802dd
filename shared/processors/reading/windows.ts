/** Cuts a stream into windows of one size, so that no answer depends on how the network cut it. */
import type { ProcessorInput } from '../processor.ts';
import { chunksOf } from './read-whole.ts';

export const WINDOW_BYTES = 64 * 1024;

/**
 * Windows of exactly `WINDOW_BYTES`, the last one shorter; none for an empty object.
 * A window is only valid until the next one is asked for: all share one piece of memory.
 */
export async function* windowsOf(
  input: Pick<ProcessorInput, 'open' | 'signal'>,
): AsyncGenerator<Buffer> {
  const window = Buffer.allocUnsafe(WINDOW_BYTES);
  let filled = 0;
  for await (const chunk of chunksOf(input)) {
    let taken = 0;
    while (taken < chunk.length) {
      const part = chunk.subarray(taken, taken + WINDOW_BYTES - filled);
      window.set(part, filled);
      filled += part.length;
      taken += part.length;
      if (filled < WINDOW_BYTES) continue;
      yield window;
      filled = 0;
    }
  }
  if (filled > 0) yield window.subarray(0, filled);
}
