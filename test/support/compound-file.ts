/** Writes small compound files, sector by sector. */

const SECTOR = 512;
const SMALL = 64;
const FREE = 0xffffffff;
const END = 0xfffffffe;
const TABLE = 0xfffffffd;
const [STORAGE, STREAM, ROOT] = [1, 2, 5];
/** Streams that are shorter lie among small ones. */
const SMALL_BELOW = 4_096;

interface Entry {
  readonly name: string;
  readonly kind: number;
  readonly start: number;
  readonly size: number;
  readonly right?: number;
  readonly child?: number;
}

const entryOf = ({ name, kind, start, size, right = FREE, child = FREE }: Entry): Buffer => {
  const entry = Buffer.alloc(128);
  entry.write(name, 0, 'utf16le');
  entry.writeUInt16LE(2 * name.length + 2, 64);
  entry.writeUInt8(kind, 66);
  for (const [at, id] of [FREE, right, child].entries()) entry.writeUInt32LE(id, 68 + 4 * at);
  entry.writeUInt32LE(start, 116);
  entry.writeUInt32LE(size, 120);
  return entry;
};

const padded = (bytes: Buffer, to: number): Buffer =>
  Buffer.concat([bytes, Buffer.alloc((to - (bytes.length % to)) % to)]);

/** @param embedded streams of a storage within, which are not those of the document */
export const compoundFile = (
  streams: Readonly<Record<string, Buffer>>,
  embedded: Readonly<Record<string, Buffer>> = {},
): Buffer => {
  // One sector of the table, two of the directory, then the small streams, then the others.
  const table: number[] = [TABLE, 2, END];
  const contents: Buffer[] = [];
  const place = (bytes: Buffer): number => {
    const start = table.length;
    const sectors = padded(bytes, SECTOR).length / SECTOR;
    for (let at = 1; at <= sectors; at += 1) table.push(at === sectors ? END : start + at);
    contents.push(padded(bytes, SECTOR));
    return sectors === 0 ? END : start;
  };
  const isSmall = (bytes: Buffer): boolean => bytes.length < SMALL_BELOW;
  const small = Object.values(streams).filter(isSmall);
  const smallStart = place(Buffer.concat(small.map((bytes) => padded(bytes, SMALL))));
  const startOf = (bytes: Buffer): number =>
    isSmall(bytes)
      ? small
          .slice(0, small.indexOf(bytes))
          .reduce((sum, before) => sum + padded(before, SMALL).length / SMALL, 0)
      : place(bytes);

  const own = Object.entries(streams);
  const within = Object.entries(embedded);
  const storage = own.length + 1;
  const entries = [
    entryOf({ name: 'Root Entry', kind: ROOT, start: smallStart, size: 0, child: 1 }),
    ...own.map(([name, bytes], at) =>
      entryOf({ name, kind: STREAM, start: startOf(bytes), size: bytes.length, right: at + 2 }),
    ),
    entryOf({
      ...{ name: 'Within', kind: STORAGE, start: 0, size: 0 },
      child: within.length > 0 ? storage + 1 : FREE,
    }),
    ...within.map(([name, bytes], at) =>
      entryOf({
        ...{ name, kind: STREAM, start: startOf(bytes), size: bytes.length },
        right: at + 1 < within.length ? storage + at + 2 : FREE,
      }),
    ),
  ];
  const header = Buffer.alloc(SECTOR, 0xff);
  Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(header);
  header.writeUInt16LE(9, 30);
  header.writeUInt32LE(1, 44);
  header.writeUInt32LE(1, 48);
  header.writeUInt32LE(0, 76);
  const fat = Buffer.alloc(SECTOR, 0xff);
  for (const [at, next] of table.entries()) fat.writeUInt32LE(next, 4 * at);
  const directory = Buffer.concat(entries);
  return Buffer.concat([
    header,
    fat,
    Buffer.concat([directory, Buffer.alloc(2 * SECTOR - directory.length)]),
    ...contents,
  ]);
};
