/** Finds the delimiter of a table in its first bytes, by asking which one splits the records evenly. */

/** In order of preference when two split equally well. */
const COMMON = [',', '\t', ';', '|'] as const;
/** Of exports whose values may hold all of those; looked for only where none of them splits the records. */
const RARE = ['\x1f', '^', '~'] as const;
/** A colon stands in every time of the day: a table must say itself that it parts its fields. */
export const DELIMITERS = [...COMMON, ...RARE, ':'] as const;
export type Delimiter = (typeof DELIMITERS)[number];

export interface Dialect {
  readonly delimiter: Delimiter;
  /** Width of most records. */
  readonly columns: number;
  /** Non-blank records looked at. */
  readonly records: number;
  /** Share of the records that have `columns` columns, 0 to 1. */
  readonly evenness: number;
  /** Every record has two columns of which the second is empty, as lines of code that end in `;` do. */
  readonly endsLines: boolean;
  /** Its first line says which delimiter it has. */
  readonly isDeclared: boolean;
  /** Bytes in front of the first record: what declares the delimiter, and remarks. */
  readonly start: number;
  /** Lines that these bytes are. */
  readonly remarks: number;
}

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

interface Widths {
  readonly widths: readonly number[];
  readonly emptyLast: number;
}

/** Widths of the non-blank records; the last one only when it is known to be whole. */
const recordWidths = (bytes: Uint8Array, delimiter: number, isWhole: boolean): Widths => {
  const widths: number[] = [];
  let emptyLast = 0;
  let columns = 1;
  let fieldStart = 0;
  let recordStart = 0;
  let inQuotes = false;
  const endRecord = (at: number): void => {
    if (at > recordStart) {
      widths.push(columns);
      if (at === fieldStart) emptyLast += 1;
    }
    columns = 1;
    recordStart = at + 1;
    fieldStart = at + 1;
  };
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (inQuotes) {
      if (byte === QUOTE) inQuotes = false;
    } else if (byte === delimiter) {
      columns += 1;
      fieldStart = at + 1;
    } else if (byte === LF || byte === CR) endRecord(at);
    // A second quote right after a closing one re-opens: that is how `""` stays inside.
    else if (byte === QUOTE && (at === fieldStart || bytes[at - 1] === QUOTE)) inQuotes = true;
  }
  if (isWhole) endRecord(bytes.length);
  return { widths, emptyLast };
};

const mostCommon = (widths: readonly number[]): { width: number; count: number } => {
  const counts = new Map<number, number>();
  for (const width of widths) counts.set(width, (counts.get(width) ?? 0) + 1);
  let best = { width: 1, count: 0 };
  for (const [width, count] of counts) if (count > best.count) best = { width, count };
  return best;
};

type Split = Omit<Dialect, 'isDeclared' | 'start' | 'remarks'>;

const score = ({ evenness, columns }: Split): number => evenness + Math.min(columns, 100) / 1000;

/** Records of which fewer have the same width are not split by a rare delimiter, but hold it. */
const EVEN = 0.9;

const splitBy = (bytes: Uint8Array, delimiter: Delimiter, isWhole: boolean): Split => {
  const { widths, emptyLast } = recordWidths(bytes, delimiter.charCodeAt(0), isWhole);
  const { width, count } = mostCommon(widths);
  return {
    delimiter,
    columns: width,
    records: widths.length,
    evenness: count / Math.max(widths.length, 1),
    endsLines: width === 2 && emptyLast > widths.length / 2,
  };
};

const bestOf = (
  bytes: Uint8Array,
  delimiters: readonly Delimiter[],
  isWhole: boolean,
): Split | undefined => {
  let best: Split | undefined;
  for (const delimiter of delimiters) {
    if (!bytes.includes(delimiter.charCodeAt(0))) continue;
    const split = splitBy(bytes, delimiter, isWhole);
    if (split.columns < 2) continue;
    if (best === undefined || score(split) > score(best)) best = split;
  }
  return best;
};

const sniff = (bytes: Uint8Array, isWhole: boolean): Split | undefined => {
  const common = bestOf(bytes, COMMON, isWhole);
  if (common !== undefined && common.evenness >= EVEN) return common;
  const rare = bestOf(bytes, RARE, isWhole);
  return rare !== undefined && rare.evenness >= EVEN && rare.records > 1 ? rare : common;
};

/** Offset behind the line that begins at `from`, or the end of the bytes. */
const behindLine = (bytes: Uint8Array, from: number): number => {
  let at = from;
  while (at < bytes.length && bytes[at] !== LF && bytes[at] !== CR) at += 1;
  return at + (bytes[at] === CR && bytes[at + 1] === LF ? 2 : 1);
};

const HASH = 0x23;

/** Where each of the lines in front begins that begin with `#`, and where the first other one does. */
const hashLines = (bytes: Uint8Array): readonly number[] => {
  const starts = [0];
  let at = 0;
  while (bytes[at] === HASH) {
    at = Math.min(behindLine(bytes, at), bytes.length);
    starts.push(at);
  }
  return starts;
};

/** Longer than any line that declares a delimiter. */
const DECLARATION_BYTES = 10;

/** What programs of Microsoft write in front of a table, and read. */
const declaredIn = (bytes: Uint8Array): Delimiter | undefined => {
  const head = Buffer.from(bytes.subarray(0, DECLARATION_BYTES)).toString('latin1');
  const [, sign] = /^"?sep=(.)"?(?:[\r\n]|$)/i.exec(head) ?? [];
  return DELIMITERS.find((delimiter) => delimiter === sign);
};

/**
 * The dialect that fits best, or undefined when no delimiter splits most records into two or more. Lines in front that begin with
 * `#` are remarks, up to the first that is as wide as the table: that one may be its header.
 * @param bytes text in an encoding that keeps ASCII as it is
 * @param isWhole whether `bytes` is the whole file, so that its last record counts
 */
export const sniffDialect = (bytes: Uint8Array, isWhole: boolean): Dialect | undefined => {
  const declared = declaredIn(bytes);
  if (declared !== undefined) {
    const start = Math.min(behindLine(bytes, 0), bytes.length);
    const split = splitBy(bytes.subarray(start), declared, isWhole);
    return { ...split, isDeclared: true, start, remarks: 1 };
  }
  const lines = hashLines(bytes);
  const split = sniff(bytes.subarray(lines.at(-1)), isWhole);
  if (split === undefined || split.evenness < EVEN || lines.length === 1) {
    const whole = lines.length === 1 ? split : sniff(bytes, isWhole);
    return whole && { ...whole, isDeclared: false, start: 0, remarks: 0 };
  }
  const isRecord = (line: number): boolean =>
    splitBy(bytes.subarray(lines[line], lines[line + 1]), split.delimiter, true).columns ===
    split.columns;
  const found = lines.findIndex((_, line) => line < lines.length - 1 && isRecord(line));
  const remarks = found === -1 ? lines.length - 1 : found;
  return { ...split, isDeclared: false, start: lines[remarks] ?? 0, remarks };
};
