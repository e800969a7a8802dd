/** The directory of a compound file (MS-CFB), the container of Office before 2007 and of every encrypted document since. */
import { NonRetryableError } from '../../domain/errors.ts';

export const COMPOUND = 'application/x-cfb';

const HEADER_BYTES = 512;
const SIGNATURE = Buffer.from('d0cf11e0a1b11ae1', 'hex');
/** MS-CFB 2.2. */
const AT = { shift: 30, fatSectors: 44, directory: 48, difatStart: 68, difat: 76 } as const;
/** Sectors of the allocation table that the header names itself. */
const DIFAT_IN_HEADER = 109;
/** Above are marks: free, end of a chain, a sector of a table. */
const LAST_SECTOR = 0xfffffffa;
const ENTRY = {
  ...{ bytes: 128, nameBytes: 64, kind: 66, left: 68, right: 72, child: 76, start: 116, size: 120 },
} as const;
const STREAM = 2;
/** Streams that are shorter than this are kept in pieces of that many bytes within a stream of the root. */
const SMALL = { below: 4_096, bytes: 64 } as const;

const corrupt = (detail: string): NonRetryableError => new NonRetryableError('corrupt', { detail });

const isSector = (id: number): boolean => id < LAST_SECTOR;

interface Sectors {
  readonly bytes: number;
  at(id: number): Buffer;
}

const sectorsOf = (file: Buffer): Sectors => {
  const shift = file.readUInt16LE(AT.shift);
  if (shift !== 9 && shift !== 12) throw corrupt('Its sectors have no proper size.');
  const bytes = 2 ** shift;
  return {
    bytes,
    at(id) {
      const start = (id + 1) * bytes;
      if (start >= file.length) throw corrupt('A sector lies outside of the file.');
      const sector = file.subarray(start, start + bytes);
      // The last one may be cut where nothing more is in it.
      return sector.length === bytes
        ? sector
        : Buffer.concat([sector, Buffer.alloc(bytes - sector.length)]);
    },
  };
};

const idsIn = (bytes: Buffer): readonly number[] =>
  Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readUInt32LE(4 * at));

/** The sectors of the allocation table, in order: the first are named in the header, the others in a chain behind it. */
const tableSectors = (file: Buffer, sectors: Sectors): readonly number[] => {
  const named = idsIn(file.subarray(AT.difat, AT.difat + 4 * DIFAT_IN_HEADER)).filter(isSector);
  const found = [...named];
  const most = Math.ceil(file.length / sectors.bytes);
  let next = file.readUInt32LE(AT.difatStart);
  for (let chain = 0; isSector(next) && chain < most; chain += 1) {
    const ids = idsIn(sectors.at(next));
    found.push(...ids.slice(0, -1).filter(isSector));
    next = ids.at(-1) ?? LAST_SECTOR;
    if (found.length > most) throw corrupt('Its allocation table is longer than the file.');
  }
  return found.slice(0, file.readUInt32LE(AT.fatSectors));
};

/** The sectors of a chain in order, read as they are asked for. */
function* chainFrom(
  start: number,
  { table, sectors }: { readonly table: readonly number[]; readonly sectors: Sectors },
): Generator<Buffer> {
  const perSector = sectors.bytes / 4;
  const most = table.length * perSector;
  let next = start;
  for (let length = 0; isSector(next); length += 1) {
    const of = table[Math.floor(next / perSector)];
    if (of === undefined || length > most) throw corrupt('A chain of sectors has no end.');
    yield sectors.at(next);
    next = sectors.at(of).readUInt32LE(4 * (next % perSector));
  }
}

export interface CompoundFile {
  /** Names of the streams of the document itself, without those of what is embedded in it. */
  readonly streams: ReadonlySet<string>;
  /** The first bytes of a stream: a sector, or less; undefined where there is none. */
  headOf(stream: string): Buffer | undefined;
}

/** Entries of the root, by following its tree; what hangs on other storages is not reached. */
const entriesOfRoot = (entries: readonly Buffer[]): readonly Buffer[] => {
  const found: Buffer[] = [];
  const seen = new Set<number>();
  const waiting = [entries[0]?.readUInt32LE(ENTRY.child) ?? LAST_SECTOR];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const entry = entries[id];
    if (entry === undefined || seen.has(id)) continue;
    seen.add(id);
    found.push(entry);
    waiting.push(entry.readUInt32LE(ENTRY.left), entry.readUInt32LE(ENTRY.right));
  }
  return found;
};

const nameOf = (entry: Buffer): string => {
  const bytes = Math.min(entry.readUInt16LE(ENTRY.nameBytes), ENTRY.nameBytes);
  return entry.toString('utf16le', 0, Math.max(bytes - 2, 0));
};

/** @throws NonRetryableError `corrupt`. */
export const openCompoundFile = (file: Buffer): CompoundFile => {
  if (file.length < HEADER_BYTES || !file.subarray(0, 8).equals(SIGNATURE)) {
    throw corrupt('It is no compound file.');
  }
  const sectors = sectorsOf(file);
  const table = tableSectors(file, sectors);
  const entries: Buffer[] = [];
  for (const sector of chainFrom(file.readUInt32LE(AT.directory), { table, sectors })) {
    for (let at = 0; at < sector.length; at += ENTRY.bytes) {
      entries.push(sector.subarray(at, at + ENTRY.bytes));
    }
  }
  const [root] = entries;
  if (root === undefined) throw corrupt('It has no directory.');
  const streams = new Map(
    entriesOfRoot(entries)
      .filter((entry) => entry[ENTRY.kind] === STREAM)
      .map((entry) => [nameOf(entry), entry] as const),
  );
  const smallHead = (id: number): Buffer | undefined => {
    let skipped = id * SMALL.bytes;
    for (const sector of chainFrom(root.readUInt32LE(ENTRY.start), { table, sectors })) {
      if (skipped < sector.length) return sector.subarray(skipped, skipped + SMALL.bytes);
      skipped -= sector.length;
    }
    return undefined;
  };
  return {
    streams: new Set(streams.keys()),
    headOf(stream) {
      const entry = streams.get(stream);
      const start = entry?.readUInt32LE(ENTRY.start) ?? LAST_SECTOR;
      if (entry === undefined || !isSector(start)) return undefined;
      return entry.readUInt32LE(ENTRY.size) < SMALL.below ? smallHead(start) : sectors.at(start);
    },
  };
};
