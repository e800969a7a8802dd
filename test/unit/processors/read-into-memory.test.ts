/** The whole object in one piece, in no more memory than that. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { imageThumbnail } from '../../../shared/processors/image-thumbnail.ts';
import { readIntoMemory } from '../../../shared/processors/reading/read-whole.ts';
import { processorInput } from '../../support/processor-input.ts';

const CHUNK_BYTES = 64 * 1024;
const BUFFERS = 8;

/** As a reader that has few buffers for everything it reads, more than the streams behind it hold at once. */
function* reusing(times: number): Generator<Uint8Array> {
  const buffers = Array.from({ length: BUFFERS }, () => Buffer.alloc(CHUNK_BYTES));
  for (let at = 0; at < times; at += 1) yield buffers[at % BUFFERS]!.fill(at);
}

/** The first byte of each chunk. */
const firsts = (whole: Buffer): readonly number[] =>
  Array.from({ length: whole.length / CHUNK_BYTES }, (_, at) => whole[at * CHUNK_BYTES] ?? -1);

const read = (times: number, size: number): Promise<Buffer> => {
  const open = () => Readable.from(reusing(times), { highWaterMark: 1 });
  return readIntoMemory(processorInput(imageThumbnail, Buffer.alloc(0), { size, open }).input);
};

describe('reading into memory', () => {
  it('holds no chunk for long', async () => {
    expect(firsts(await read(40, 40 * CHUNK_BYTES))).toEqual(
      Array.from({ length: 40 }, (_, at) => at),
    );
  });

  it.each([0, 5, 1_000_000])('reads what is there, though %i bytes were told', async (size) => {
    expect(firsts(await read(3, size))).toEqual([0, 1, 2]);
  });
});
