/** Which bytes of a table are one part: cut behind a line end, so that only one thing is left open about each cut. */
import type { Part } from '../../../domain/part.ts';
import type { ByteRange, ProcessorInput } from '../../processor.ts';
import { chunksOf } from '../../reading/read-whole.ts';
import { WINDOW_BYTES } from '../../reading/windows.ts';

const LF = 0x0a;
const CR = 0x0d;

export interface PartRange {
  /** Where its share of the windows of the file begins and ends: with all of them, the parts look at each window once. */
  readonly windows: { readonly from: number; readonly to: number };
  /** Where its records begin and end, each behind a line end or at an end of the file. */
  readonly from: number;
  readonly to: number;
}

type Source = Pick<ProcessorInput, 'open' | 'signal'> & {
  readonly source: { readonly size: number };
};

/** @throws what `open` throws */
export const readRange = async (
  { open, signal }: Pick<ProcessorInput, 'open' | 'signal'>,
  range: ByteRange,
): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  if (range.end < range.start) return Buffer.alloc(0);
  for await (const chunk of chunksOf({ signal, open: () => open(range) })) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** The index behind the first line end, or -1. Between a CR and its LF is no place to cut. */
const behindLineEnd = (bytes: Uint8Array): number => {
  const at = bytes.findIndex(
    (byte, index) =>
      byte === LF || (byte === CR && index + 1 < bytes.length && bytes[index + 1] !== LF),
  );
  return at === -1 ? -1 : at + 1;
};

/** Where the shares of windows begin, one for each part, and the size. */
const sharesOf = (size: number, count: number): readonly number[] => {
  const share = Math.ceil(size / count / WINDOW_BYTES) * WINDOW_BYTES;
  return Array.from({ length: count + 1 }, (_, index) => Math.min(index * share, size));
};

/**
 * The first line end of the share is where the part begins. Where the first window of a share has none, the part before
 * goes on into it, and this one has no bytes.
 * @throws what `open` throws
 */
export const partRangeOf = async (input: Source, { index, count }: Part): Promise<PartRange> => {
  const { size } = input.source;
  const shares = sharesOf(size, count);
  const shareAt = (at: number): number => shares[at] ?? size;
  const cutAt = async (at: number): Promise<number | undefined> => {
    const start = shareAt(at);
    if (at === 0 || start === size) return start;
    const window = await readRange(input, { start, end: Math.min(start + WINDOW_BYTES, size) - 1 });
    const behind = behindLineEnd(window);
    return behind === -1 ? undefined : start + behind;
  };

  const from = await cutAt(index);
  if (from === undefined) {
    const share = shareAt(index);
    return { windows: { from: share, to: share }, from: share, to: share };
  }
  let next = index + 1;
  let to = await cutAt(next);
  while (to === undefined) {
    next += 1;
    to = await cutAt(next);
  }
  return { windows: { from: shareAt(index), to: shareAt(next) }, from, to };
};
