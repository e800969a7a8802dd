/** Lists what an archive holds, without unpacking any of it. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import * as z from 'zod';
import { matchSignature } from '../detection/signatures.ts';
import { NonRetryableError, PipelineError } from '../domain/errors.ts';
import { createBombSearch } from './archive/bomb.ts';
import { createZUnpacker } from './archive/compress-z.ts';
import { DANGERS, type Danger, dangersOf, type Entry, type ToldEntry } from './archive/entry.ts';
import { createLz4Unpacker } from './archive/lz4.ts';
import { createLzipUnpacker } from './archive/lzip.ts';
import { createTarScanner } from './archive/tar-scanner.ts';
import { skipUnlisted, UNLISTED_TYPES } from './archive/unlisted.ts';
import { type Compression, unpack } from './archive/unpacker.ts';
import { readZipDirectory } from './archive/zip-directory.ts';
import { defineProcessor, type ProcessorInput } from './processor.ts';
import { chunksOf } from './reading/read-whole.ts';
import { throwIfStopped } from './reading/stop.ts';

const GiB = 1024 ** 3;
const MiB = 1024 ** 2;
const LISTING = 'entries.jsonl';
/** Names that are told in the outcome; all of them are in the listing. */
const TOLD = 10;
const TOLD_LENGTH = 100;
const TAR_BLOCK = 512;
/** Small files may expand by any factor before it matters. */
const HARMLESS_BYTES = MiB;
/** So few bytes of LZMA may hold megabytes; between two chunks others get their turn. */
const LZIP_CHUNK_BYTES = 512;

const FORMATS = [
  'zip',
  'tar',
  'gzip',
  'tar.gz',
  'xz',
  'tar.xz',
  'zstd',
  'tar.zst',
  'bzip2',
  'tar.bz2',
  'compress',
  'tar.Z',
  'lzip',
  'tar.lz',
  'lz4',
  'tar.lz4',
] as const;
type Format = (typeof FORMATS)[number];

/** Counts entries, and keeps the listing as text: one line per entry. */
const createListing = ({ budget, source }: ProcessorInput) => {
  const names = new Set<string>();
  const isBomb = createBombSearch(source.size);
  const lines: string[] = [];
  const told: string[] = [];
  const totals = {
    entries: 0,
    files: 0,
    directories: 0,
    symlinks: 0,
    hardlinks: 0,
    encrypted: 0,
    uncompressedBytes: 0,
  };
  const dangers = new Map<Danger, number>();

  return {
    add(entry: Entry): void {
      budget.spend('entries', 1);
      const found = dangersOf(entry);
      if (names.has(entry.name)) found.push('duplicate');
      if (isBomb(entry)) found.push('bomb');
      names.add(entry.name);
      for (const danger of found) dangers.set(danger, (dangers.get(danger) ?? 0) + 1);
      totals.entries += 1;
      if (entry.kind === 'file') totals.files += 1;
      if (entry.kind === 'directory') totals.directories += 1;
      if (entry.kind === 'symlink') totals.symlinks += 1;
      if (entry.kind === 'hardlink') totals.hardlinks += 1;
      if (entry.encrypted) totals.encrypted += 1;
      totals.uncompressedBytes = Math.min(
        totals.uncompressedBytes + entry.size,
        Number.MAX_SAFE_INTEGER,
      );
      if (told.length < TOLD)
        told.push(entry.name.slice(0, TOLD_LENGTH).replace(/[\p{Cc}\p{Surrogate}]/gu, '\ufffd'));
      lines.push(`${JSON.stringify({ ...entry, dangers: found } satisfies ToldEntry)}\n`);
    },
    totals,
    result: () => ({ ...totals, dangers: Object.fromEntries(dangers), names: told }),
    body: (): Buffer => Buffer.from(lines.join('')),
  };
};

type Listing = ReturnType<typeof createListing>;

interface Listed {
  readonly format: Format;
  /** What came out of the decompressor around it all; null without one. */
  readonly decompressedBytes: number | null;
}

const listTar = async (input: ProcessorInput, listing: Listing): Promise<Listed> => {
  const scanner = createTarScanner(listing.add);
  for await (const chunk of chunksOf(input)) scanner.write(chunk);
  scanner.end();
  return { format: 'tar', decompressedBytes: null };
};

/** What a failed decompression means; our own errors stay what they are. */
const asGzipFailure = (error: unknown): unknown =>
  error instanceof PipelineError ||
  !(error instanceof Error) ||
  !/^Z_/.test((error as NodeJS.ErrnoException).code ?? '')
    ? error
    : new NonRetryableError('corrupt', { detail: 'It cannot be decompressed.', cause: error });

/** Follows the decompressed bytes: through the tar in them, if there is one. */
const createInside = (input: ProcessorInput, listing: Listing) => {
  const scanner = createTarScanner(listing.add);
  let head = Buffer.alloc(0);
  let isTar: boolean | undefined;
  let bytes = 0;
  const decide = (): void => {
    isTar = matchSignature(head) === 'application/x-tar';
    if (isTar) scanner.write(head);
  };
  return {
    bytes: () => bytes,
    write(chunk: Uint8Array): void {
      bytes += chunk.length;
      if (bytes > HARMLESS_BYTES)
        input.budget.reach('expansion', bytes / Math.max(input.source.size, 1));
      if (isTar === true) scanner.write(chunk);
      if (isTar !== undefined) return;
      head = Buffer.concat([head, chunk]);
      if (head.length >= TAR_BLOCK) decide();
    },
    /** @returns whether it was a tar. */
    end(): boolean {
      if (isTar === undefined) decide();
      if (isTar === true) scanner.end();
      else listing.totals.uncompressedBytes = bytes;
      return isTar === true;
    },
  };
};

type OnBytes = (bytes: Uint8Array) => void;
type Unpack = (input: ProcessorInput, onBytes: OnBytes) => Promise<void>;

const gunzip: Unpack = async (input, onBytes) => {
  const { signal } = input;
  // A pipeline may answer only that it was torn down; the first of our own errors is the reason.
  let reason: unknown;
  const noting = async function* <T>(source: AsyncIterable<T>): AsyncGenerator<T> {
    try {
      yield* source;
    } catch (error) {
      reason ??= error;
      throw error;
    }
  };
  const follow = async (unpacked: AsyncIterable<Uint8Array>): Promise<void> => {
    try {
      for await (const chunk of unpacked) onBytes(chunk);
    } catch (error) {
      reason ??= error;
      throw error;
    }
  };
  try {
    await pipeline(Readable.from(noting(chunksOf(input))), createGunzip(), follow, { signal });
  } catch (error) {
    throwIfStopped(signal);
    throw asGzipFailure(reason ?? error);
  }
};

interface Unpacker {
  write(chunk: Uint8Array): void;
  end(): void;
}

/** Unpackers of our own, which hold no more than they are made for. */
const inside =
  (create: (onBytes: OnBytes) => Unpacker, most?: number): Unpack =>
  async (input, onBytes) => {
    const unpacker = create(onBytes);
    for await (const chunk of chunksOf(input, most)) unpacker.write(chunk);
    unpacker.end();
  };

interface Way {
  readonly unpack: Unpack;
  readonly alone: Format;
  readonly withTar: Format;
}

const isolated =
  (compression: Compression): Unpack =>
  (input, onBytes) =>
    unpack(compression, input, onBytes);

/** How to look into what is compressed as a whole, by its type. */
const COMPRESSED: Readonly<Record<string, Way>> = {
  'application/gzip': { unpack: gunzip, alone: 'gzip', withTar: 'tar.gz' },
  'application/x-xz': { unpack: isolated('xz'), alone: 'xz', withTar: 'tar.xz' },
  'application/zstd': { unpack: isolated('zstd'), alone: 'zstd', withTar: 'tar.zst' },
  'application/x-bzip2': { unpack: isolated('bzip2'), alone: 'bzip2', withTar: 'tar.bz2' },
  'application/x-compress': {
    unpack: inside(createZUnpacker),
    alone: 'compress',
    withTar: 'tar.Z',
  },
  'application/x-lzip': {
    unpack: inside(createLzipUnpacker, LZIP_CHUNK_BYTES),
    alone: 'lzip',
    withTar: 'tar.lz',
  },
  'application/x-lz4': { unpack: inside(createLz4Unpacker), alone: 'lz4', withTar: 'tar.lz4' },
};

const listCompressed = async (
  way: Way,
  input: ProcessorInput,
  listing: Listing,
): Promise<Listed> => {
  const content = createInside(input, listing);
  await way.unpack(input, content.write);
  const format = content.end() ? way.withTar : way.alone;
  return { format, decompressedBytes: content.bytes() };
};

const listZip = async (input: ProcessorInput, listing: Listing): Promise<Listed> => {
  await readZipDirectory(input, listing.add);
  return { format: 'zip', decompressedBytes: null };
};

const run = async (input: ProcessorInput) => {
  throwIfStopped(input.signal);
  skipUnlisted(input.source.type);
  const listing = createListing(input);
  const { type } = input.source;
  const way = COMPRESSED[type];
  const listed =
    way !== undefined
      ? await listCompressed(way, input, listing)
      : await (type === 'application/x-tar' ? listTar : listZip)(input, listing);
  const result = listing.result();
  if (result.entries > 0) await input.emit(LISTING, listing.body(), 'application/x-ndjson');
  return { ...listed, ...result, file: result.entries > 0 ? LISTING : null };
};

const count = z.int().nonnegative();

/** Damaged directories and headers → `corrupt`; too many entries, or a bomb → `over_budget`; what is not listed → skipped. */
export const archiveListing = defineProcessor({
  name: 'archive-listing',
  version: 4,
  lane: 'light',
  accepts: [
    'application/zip',
    'application/java-archive',
    'application/epub+zip',
    'application/x-tar',
    ...Object.keys(COMPRESSED),
    ...UNLISTED_TYPES,
  ],
  reads: 'ranges',
  isReusable: true,
  budget: { bytesIn: 5 * GiB, entries: 100_000, expansion: 200, wallSeconds: 300 },
  ceiling: { entries: 500_000 },
  outcome: z.object({
    format: z.enum(FORMATS),
    decompressedBytes: count.nullable(),
    entries: count,
    files: count,
    directories: count,
    symlinks: count,
    hardlinks: count,
    encrypted: count,
    /** As declared for entries; as counted for what is only compressed. */
    uncompressedBytes: count,
    /** Entries by what makes them dangerous to unpack. */
    dangers: z.partialRecord(z.enum(DANGERS), count),
    names: z.array(z.string()).max(TOLD),
    file: z.string().nullable(),
  }),
  run,
});
