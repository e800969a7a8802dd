/** An Office document as what it is: a zip of XML parts that name each other. */
import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { NonRetryableError } from '../../domain/errors.ts';
import { contentOf, isUnpackable, type PackedEntry } from '../archive/zip-content.ts';
import { readZipDirectory, type ZipInput } from '../archive/zip-directory.ts';
import type { ProcessorInput } from '../processor.ts';
import { throwIfStopped } from '../reading/stop.ts';

const MiB = 1024 ** 2;
/** XML that is unpacked of one document, over all parts. */
const MOST_XML = 256 * MiB;
/** Small parts may expand by any factor before it matters. */
const HARMLESS_BYTES = MiB;

const corrupt = (detail: string): NonRetryableError => new NonRetryableError('corrupt', { detail });

interface Part extends PackedEntry {
  /** Unpacked, as the directory says. */
  readonly size: number;
  readonly encrypted: boolean;
}

export interface OfficePackage {
  readonly names: readonly string[];
  has(name: string): boolean;
  /**
   * The unpacked bytes of a part.
   * @throws NonRetryableError `corrupt`, `encrypted`, `over_budget`, `unsupported`.
   */
  open(name: string): AsyncGenerator<Uint8Array>;
}

/** The directory's input over bytes that are already here. */
const inMemory = (bytes: Buffer, signal: AbortSignal) => ({
  signal,
  source: { size: bytes.length },
  open: async ({ start, end } = { start: 0, end: bytes.length - 1 }) =>
    Readable.from([bytes.subarray(start, end + 1)]),
});

/** Of a document that is held in memory. */
export const openPackage = (bytes: Buffer, input: ProcessorInput): Promise<OfficePackage> =>
  openPackageIn(inMemory(bytes, input.signal), input);

/** Of a document that stays where it is: its directory and each part that is asked for are read in ranges. */
export const openRangedPackage = (input: ProcessorInput): Promise<OfficePackage> =>
  openPackageIn(input, input);

/** Reads the directory; parts are unpacked one by one when they are asked for. */
const openPackageIn = async (
  file: ZipInput,
  { budget, signal }: ProcessorInput,
): Promise<OfficePackage> => {
  const parts = new Map<string, Part>();
  await readZipDirectory(file, (entry, place) => {
    budget.spend('entries', 1);
    const { name, size, compressed, encrypted } = entry;
    parts.set(name, { ...place, size, compressed: compressed ?? 0, encrypted });
  });
  let unpacked = 0;
  /** So much of a part, with all that was unpacked before it. */
  const reach = (part: Part, ofPart: number): void => {
    if (unpacked + ofPart > MOST_XML) {
      throw new NonRetryableError('over_budget', { detail: `The limit is ${MOST_XML} bytes.` });
    }
    if (ofPart > HARMLESS_BYTES) budget.reach('expansion', ofPart / Math.max(part.compressed, 1));
  };

  return {
    names: [...parts.keys()],
    has: (name) => parts.has(name),
    async *open(name) {
      const part = parts.get(name);
      if (part === undefined) throw corrupt('A part is missing.');
      if (part.encrypted) throw new NonRetryableError('encrypted');
      if (!isUnpackable(part)) throw new NonRetryableError('unsupported');
      // What says itself that it is too much need not be unpacked to be believed.
      reach(part, part.size);
      let ofPart = 0;
      try {
        for await (const chunk of contentOf(file, part)) {
          throwIfStopped(signal);
          reach(part, ofPart + chunk.length);
          ofPart += chunk.length;
          yield chunk;
        }
      } finally {
        unpacked += ofPart;
      }
    },
  };
};

/** Where a target named in a part lies in the package. */
export const resolveTarget = (from: string, target: string): string =>
  target.startsWith('/') ? target.slice(1) : posix.join(posix.dirname(from), target);

/** The part that holds the references of another. */
export const relationsOf = (name: string): string =>
  `${posix.dirname(name)}/_rels/${posix.basename(name)}.rels`;
