/** What archive-listing finds in files of compressions other than gzip. */
import { describe, expect, it } from 'vitest';
import { createZUnpacker } from '../../../shared/processors/archive/compress-z.ts';
import { archiveListing } from '../../../shared/processors/archive-listing.ts';
import { TAR_END, tarOf } from '../../support/archives.ts';
import { BZIP2, compressZ, PACKED_TEXT, XZ, zstd } from '../../support/packed.ts';
import { type InputOptions, processorInput } from '../../support/processor-input.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const list = async (type: string, bytes: Buffer, options: InputOptions = {}) => {
  const { input } = processorInput(archiveListing, bytes, { type, ...options });
  return (await archiveListing.run(input)) as Record<string, unknown>;
};

const TAR = Buffer.concat([tarOf([{ name: 'a.txt', body: 'hello' }]), TAR_END]);

const unpacked = (bytes: Buffer, chunkBytes: number): Buffer => {
  const pieces: Buffer[] = [];
  const unpacker = createZUnpacker((piece) => pieces.push(Buffer.from(piece)));
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    unpacker.write(bytes.subarray(at, at + chunkBytes));
  }
  unpacker.end();
  return Buffer.concat(pieces);
};

describe('a file that is only compressed', () => {
  it.each([
    ['xz', 'application/x-xz', XZ, PACKED_TEXT.length],
    ['bzip2', 'application/x-bzip2', BZIP2, PACKED_TEXT.length],
    ['zstd', 'application/zstd', zstd('some text'), 9],
    ['compress', 'application/x-compress', compressZ(Buffer.from(PACKED_TEXT)), 120],
  ])('is counted: %s', async (format, type, bytes, decompressedBytes) => {
    expect(await list(type, bytes)).toMatchObject({
      format,
      decompressedBytes,
      uncompressedBytes: decompressedBytes,
      entries: 0,
      file: null,
    });
  });

  it.each([
    ['xz', 'application/x-xz', XZ],
    ['bzip2', 'application/x-bzip2', BZIP2],
    ['zstd', 'application/zstd', zstd('some text')],
  ])('is corrupt when it is cut off: %s', async (_, type, bytes) => {
    const cut = bytes.subarray(0, bytes.length - 8);

    await expect(list(type, cut)).rejects.toMatchObject({ code: 'corrupt' });
  });
});

describe('a tar in compress', () => {
  it('is listed', async () => {
    expect(await list('application/x-compress', compressZ(TAR))).toMatchObject({
      format: 'tar.Z',
      decompressedBytes: TAR.length,
      entries: 1,
      names: ['a.txt'],
    });
  });

  it('stops at the budget of expansion', async () => {
    const bomb = compressZ(Buffer.alloc(4 * 1024 ** 2));

    await expect(list('application/x-compress', bomb)).rejects.toMatchObject({
      code: 'over_budget',
    });
  });
});

describe('codes that grow', () => {
  it.each([0, 1, 300, 5_000, 200_000])(
    'give %i bytes back, in whatever pieces they come',
    (size) => {
      const random = seededRandom(size);
      const bytes = Buffer.from(
        Array.from({ length: size }, () => random(size > 9_000 ? 256 : 20)),
      );

      expect(unpacked(compressZ(bytes), 65_536).equals(bytes)).toBe(true);
      expect(unpacked(compressZ(bytes), 7).equals(bytes)).toBe(true);
    },
  );

  it('that cannot be are corrupt', () => {
    const code = 400;
    const bytes = Buffer.from([0x1f, 0x9d, 0x90, code & 0xff, code >> 8]);

    expect(() => unpacked(bytes, 16)).toThrow('cannot be decompressed');
    expect(() => unpacked(Buffer.from([0x1f, 0x9d, 0x9f, 0, 0]), 16)).toThrow();
    expect(() => unpacked(Buffer.from([0x1f, 0x9d]), 16)).toThrow();
  });
});
