/** Reads the headers of a tar while it streams by: POSIX, pax and GNU long names. */
import { NonRetryableError } from '../../domain/errors.ts';
import { decodeName, type Entry, type EntryKind } from './entry.ts';

const BLOCK = 512;
/** Names and attributes of one entry; real ones are a few hundred bytes. */
const MOST_META_BYTES = 1024 ** 2;
const CHECKSUM = { start: 148, end: 156 } as const;
const SPACE = 0x20;
const BASE_256 = 0x80;

const KINDS: Readonly<Record<string, EntryKind>> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '5': 'directory',
};

/** Type flags of blocks that describe the next entry. */
const PAX = 'x';
const PAX_GLOBAL = 'g';
const GNU_NAME = 'L';
const GNU_TARGET = 'K';
const META: ReadonlySet<string> = new Set([PAX, PAX_GLOBAL, GNU_NAME, GNU_TARGET]);

const corrupt = (detail: string): NonRetryableError => new NonRetryableError('corrupt', { detail });

const untilNul = (bytes: Buffer): Buffer => {
  const end = bytes.indexOf(0);
  return end === -1 ? bytes : bytes.subarray(0, end);
};

/** Octal digits, or for what does not fit, GNU's big-endian number with the first bit set. */
const sizeOf = (field: Buffer): number => {
  const first = field[0] ?? 0;
  if ((first & BASE_256) !== 0) {
    const value = field.reduce(
      (total, byte, at) => total * 256 + (at === 0 ? byte & 0x7f : byte),
      0,
    );
    if (first === 0xff || !Number.isSafeInteger(value)) throw corrupt('A size is no size.');
    return value;
  }
  const digits = untilNul(field).toString('latin1').trim();
  if (!/^[0-7]*$/.test(digits)) throw corrupt('A size is no size.');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
};

const isSound = (block: Buffer): boolean => {
  const stored = Number.parseInt(
    untilNul(block.subarray(CHECKSUM.start, CHECKSUM.end)).toString('latin1').trim(),
    8,
  );
  const sum = block.reduce(
    (total, byte, at) => total + (at >= CHECKSUM.start && at < CHECKSUM.end ? SPACE : byte),
    0,
  );
  return sum === stored;
};

/** `<length> <key>=<value>\n`, over and over. */
const paxRecords = (body: Buffer): ReadonlyMap<string, string> => {
  const records = new Map<string, string>();
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(SPACE, at);
    const length = Number(body.subarray(at, space).toString('latin1'));
    if (space === -1 || !Number.isInteger(length) || length < 5 || at + length > body.length) break;
    const [, key = '', value = ''] =
      /^([^=]*)=([\s\S]*)\n$/.exec(body.toString('utf8', space + 1, at + length)) ?? [];
    records.set(key, value);
    at += length;
  }
  return records;
};

interface Overrides {
  name?: string;
  target?: string;
  size?: number;
}

const overridesOf = (flag: string, body: Buffer, known: Overrides): Overrides => {
  if (flag === GNU_NAME) return { ...known, name: decodeName(untilNul(body)) };
  if (flag === GNU_TARGET) return { ...known, target: decodeName(untilNul(body)) };
  if (flag === PAX_GLOBAL) return known;
  const records = paxRecords(body);
  const [name, target, size] = ['path', 'linkpath', 'size'].map((key) => records.get(key));
  if (size !== undefined && !/^\d{1,15}$/.test(size)) throw corrupt('A size is no size.');
  return {
    ...known,
    ...(name !== undefined && { name }),
    ...(target !== undefined && { target }),
    ...(size !== undefined && { size: Number(size) }),
  };
};

const entryOf = (block: Buffer, { name, target, size }: Overrides): Entry => {
  const kind = KINDS[block.toString('latin1', 156, 157)] ?? 'other';
  const prefix =
    block.toString('latin1', 257, 262) === 'ustar'
      ? untilNul(block.subarray(345, 500))
      : Buffer.alloc(0);
  const short = decodeName(untilNul(block.subarray(0, 100)));
  const plain = prefix.length > 0 ? `${decodeName(prefix)}/${short}` : short;
  const link = target ?? decodeName(untilNul(block.subarray(157, 257)));
  const called = name ?? plain;
  return {
    name: called,
    kind: kind === 'file' && called.endsWith('/') ? 'directory' : kind,
    size: size ?? sizeOf(block.subarray(124, 136)),
    compressed: null,
    encrypted: false,
    target: kind === 'symlink' || kind === 'hardlink' ? link : null,
  };
};

interface Scan {
  readonly block: Buffer;
  filled: number;
  /** Bytes of content and padding still to come. */
  skip: number;
  /** The body of a describing block, while it is read. */
  meta: { readonly flag: string; readonly body: Buffer; filled: number } | undefined;
  overrides: Overrides;
  entries: number;
  hasEnded: boolean;
}

const padded = (size: number): number => Math.ceil(size / BLOCK) * BLOCK;

const onBlock = (scan: Scan, onEntry: (entry: Entry) => void): void => {
  const { block } = scan;
  if (block.every((byte) => byte === 0)) {
    scan.hasEnded = true;
    return;
  }
  if (!isSound(block)) throw corrupt(`The header behind entry ${scan.entries} is damaged.`);
  const flag = block.toString('latin1', 156, 157);
  if (META.has(flag)) {
    const size = sizeOf(block.subarray(124, 136));
    if (size > MOST_META_BYTES) {
      throw new NonRetryableError('over_budget', { detail: 'The name of an entry is too long.' });
    }
    scan.meta = { flag, body: Buffer.alloc(size), filled: 0 };
    scan.skip = padded(size);
    return;
  }
  const entry = entryOf(block, scan.overrides);
  scan.overrides = {};
  scan.entries += 1;
  onEntry(entry);
  // Links and directories may declare a size, and have no content all the same.
  scan.skip = entry.kind === 'file' || entry.kind === 'other' ? padded(entry.size) : 0;
};

const takeContent = (scan: Scan, chunk: Uint8Array, at: number): number => {
  const taken = Math.min(scan.skip, chunk.length - at);
  const { meta } = scan;
  if (meta !== undefined) {
    const piece = chunk.subarray(at, at + Math.min(taken, meta.body.length - meta.filled));
    meta.body.set(piece, meta.filled);
    meta.filled += piece.length;
  }
  scan.skip -= taken;
  if (scan.skip === 0 && meta !== undefined) {
    scan.overrides = overridesOf(meta.flag, meta.body, scan.overrides);
    scan.meta = undefined;
  }
  return at + taken;
};

export interface TarScanner {
  write(chunk: Uint8Array): void;
  /** @throws NonRetryableError `corrupt` when the archive stops within an entry. */
  end(): void;
}

/** Calls `onEntry` for each entry as its header passes; content is skipped, never kept. */
export const createTarScanner = (onEntry: (entry: Entry) => void): TarScanner => {
  const scan: Scan = {
    block: Buffer.alloc(BLOCK),
    filled: 0,
    skip: 0,
    meta: undefined,
    overrides: {},
    entries: 0,
    hasEnded: false,
  };

  return {
    write(chunk) {
      for (let at = 0; at < chunk.length && !scan.hasEnded; ) {
        if (scan.skip > 0) {
          at = takeContent(scan, chunk, at);
          continue;
        }
        const piece = chunk.subarray(at, at + BLOCK - scan.filled);
        scan.block.set(piece, scan.filled);
        scan.filled += piece.length;
        at += piece.length;
        if (scan.filled < BLOCK) break;
        scan.filled = 0;
        onBlock(scan, onEntry);
      }
    },
    end() {
      if (!scan.hasEnded && (scan.skip > 0 || scan.filled > 0))
        throw corrupt('The archive stops within an entry.');
      if (!scan.hasEnded && scan.entries === 0) throw corrupt('It holds no header.');
    },
  };
};
