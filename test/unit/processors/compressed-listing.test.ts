/** What archive-listing finds in files of compressions other than gzip. */
import { describe, expect, it } from 'vitest';
import { SkippedError } from '../../../shared/domain/errors.ts';
import { createZUnpacker } from '../../../shared/processors/archive/compress-z.ts';
import { createLz4Unpacker } from '../../../shared/processors/archive/lz4.ts';
import { createLzipUnpacker } from '../../../shared/processors/archive/lzip.ts';
import { unpack } from '../../../shared/processors/archive/unpacker.ts';
import { archiveListing } from '../../../shared/processors/archive-listing.ts';
import { TAR_END, tarOf } from '../../support/archives.ts';
import {
  BZIP2,
  compressZ,
  GREETING,
  LINES,
  LZ4,
  LZ4_LEGACY,
  LZIP,
  LZIP_LINES,
  PACKED_TEXT,
  SWOLLEN_BYTES,
  SWOLLEN_BZIP2,
  XZ,
  ZSTD_FRAMES,
  ZSTD_FRAMES_BYTES,
  zstd,
} from '../../support/packed.ts';
import { type InputOptions, processorInput } from '../../support/processor-input.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const list = async (type: string, bytes: Buffer, options: InputOptions = {}) => {
  const { input } = processorInput(archiveListing, bytes, { type, ...options });
  return (await archiveListing.run(input)) as Record<string, unknown>;
};

const TAR = Buffer.concat([tarOf([{ name: 'a.txt', body: 'hello' }]), TAR_END]);

const unpacked = (bytes: Buffer, chunkBytes: number, create = createZUnpacker): Buffer => {
  const pieces: Buffer[] = [];
  const unpacker = create((piece) => pieces.push(Buffer.from(piece)));
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
    ['lzip', 'application/x-lzip', LZIP, GREETING.length],
    ['lz4', 'application/x-lz4', LZ4, GREETING.length],
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
    ['lzip', 'application/x-lzip', LZIP],
    ['lz4', 'application/x-lz4', LZ4],
  ])('is corrupt when it is cut off: %s', async (_, type, bytes) => {
    const cut = bytes.subarray(0, bytes.length - 8);

    await expect(list(type, cut)).rejects.toMatchObject({ code: 'corrupt' });
  });
});

describe('frames of Zstandard', () => {
  const NOTE = Buffer.from('502a4d18030000006f6e65', 'hex');
  const ZSTD = 'application/zstd';
  const withWrong = (wrong: number): Buffer =>
    Buffer.concat(
      ZSTD_FRAMES.flatMap((frame, at) => {
        const bytes = Buffer.from(frame);
        if (at === wrong) bytes[bytes.length - 1]! ^= 1;
        return [NOTE, bytes];
      }),
    );

  it.each([1, 5, 1_000])(
    'are sound when their checksums are, read by %i bytes',
    async (chunkBytes) => {
      expect(await list(ZSTD, withWrong(-1), { chunkBytes })).toMatchObject({
        decompressedBytes: ZSTD_FRAMES_BYTES,
      });
    },
  );

  it.each([0, 2, 3, 4])('are corrupt when one has another checksum: frame %i', async (wrong) => {
    for (const chunkBytes of [1, 1_000]) {
      await expect(list(ZSTD, withWrong(wrong), { chunkBytes })).rejects.toMatchObject({
        code: 'corrupt',
        message: expect.stringContaining('checksum'),
      });
    }
  });
});

describe('a block of bzip2 that swells as far as one can', () => {
  it('comes out in small pieces, in the memory there is', async () => {
    const { input } = processorInput(archiveListing, Buffer.concat([SWOLLEN_BZIP2, SWOLLEN_BZIP2]));
    let [bytes, longest] = [0, 0];

    await unpack('bzip2', input, ({ length }) => {
      bytes += length;
      longest = Math.max(longest, length);
    });

    expect(bytes).toBe(2 * SWOLLEN_BYTES);
    expect(longest).toBeLessThanOrEqual(1024 ** 2);
  });

  it('D5: is stopped by the budget of what it expands to, not for its memory', async () => {
    await expect(list('application/x-bzip2', SWOLLEN_BZIP2)).rejects.toMatchObject({
      code: 'over_budget',
      message: expect.stringContaining('expansion'),
    });
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

/** Each way of ours to unpack, with a file and what is in it. */
const OURS = [
  ['lzip', createLzipUnpacker, LZIP_LINES, LINES],
  ['LZ4', createLz4Unpacker, LZ4, GREETING],
  ['LZ4 of old', createLz4Unpacker, LZ4_LEGACY, 'a'.repeat(100)],
] as const;

describe('lzip and LZ4', () => {
  it.each(OURS)('unpack to the same however the bytes come: %s', (_, create, bytes, content) => {
    for (const chunkBytes of [1, 7, 1_000]) {
      expect(unpacked(bytes, chunkBytes, create).toString()).toBe(content);
    }
  });

  it.each(OURS)('hold several members, one after another: %s', (_, create, bytes, content) => {
    const twice = Buffer.concat([bytes, bytes]);

    expect(unpacked(twice, 100, create).toString()).toBe(content + content);
  });

  it.each(OURS)('D21: are corrupt wherever they are cut off: %s', (name, create, bytes) => {
    for (let end = 0; end < bytes.length; end += 1) {
      const cut = () => unpacked(bytes.subarray(0, end), 64, create);
      // What came before frames has no end of its own: between two blocks it may stop.
      if (name === 'LZ4 of old' && end === 4) continue;
      expect(cut, `cut at ${end}`).toThrow(expect.objectContaining({ code: 'corrupt' }));
    }
  });

  it.each(OURS.slice(0, 2))('D21: never pass for sound with a byte changed: %s', (_, ...rest) => {
    const [create, bytes, content] = rest;
    const random = seededRandom(bytes.length);
    for (let round = 0; round < 200; round += 1) {
      const changed = Buffer.from(bytes);
      const at = random(bytes.length);
      changed[at] = (changed[at] ?? 0) ^ (1 + random(255));
      let found = content as string;
      try {
        found = unpacked(changed, 64, create).toString();
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/corrupt|unsupported/) });
      }
      expect(found, `byte ${at}`).toBe(content);
    }
  });

  it('leave what follows the last member of an lzip to others', () => {
    const padded = Buffer.concat([LZIP, Buffer.alloc(512)]);

    expect(unpacked(padded, 100, createLzipUnpacker).toString()).toBe(GREETING);
  });

  it('skip the frames of an LZ4 that are for others', () => {
    const skipped = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const both = Buffer.concat([skipped, LZ4, skipped]);

    for (const chunkBytes of [1, 100]) {
      expect(unpacked(both, chunkBytes, createLz4Unpacker).toString()).toBe(GREETING);
    }
  });
});

describe('an xz whose checksums the reader does not know', () => {
  it.each([3, 100])('is unsupported, not corrupt: %i bytes at a time', async (chunkBytes) => {
    const bytes = Buffer.from(XZ);
    bytes[7] = 0x0a;

    const listing = list('application/x-xz', bytes, { chunkBytes });
    await expect(listing).rejects.toMatchObject({ code: 'unsupported' });
  });
});

describe('an archive that is told by its type alone', () => {
  it.each([
    ['application/x-7z-compressed', '7z'],
    ['application/x-rar-compressed', 'RAR'],
    ['application/x-lzma', 'LZMA'],
    ['application/x-xar', 'xar'],
  ])('is skipped, and called by its name: %s', async (type, name) => {
    const failure = await list(type, Buffer.from('any')).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(SkippedError);
    expect(failure).toMatchObject({ code: 'unsupported' });
    expect((failure as Error).message).toContain(name);
  });
});
