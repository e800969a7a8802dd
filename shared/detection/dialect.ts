/** Finds the delimiter of a table in its first bytes, by asking which one splits the records evenly. */

/** In order of preference when two split equally well. */
export const DELIMITERS = [',', '\t', ';', '|'] as const;
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

const score = ({ evenness, columns }: Dialect): number => evenness + Math.min(columns, 100) / 1000;

/**
 * The dialect that fits best, or undefined when no delimiter splits most records into two or more.
 * @param bytes text in an encoding that keeps ASCII as it is
 * @param isWhole whether `bytes` is the whole file, so that its last record counts
 */
export const sniffDialect = (bytes: Uint8Array, isWhole: boolean): Dialect | undefined => {
  let best: Dialect | undefined;
  for (const delimiter of DELIMITERS) {
    if (!bytes.includes(delimiter.charCodeAt(0))) continue;
    const { widths, emptyLast } = recordWidths(bytes, delimiter.charCodeAt(0), isWhole);
    const { width, count } = mostCommon(widths);
    if (width < 2) continue;
    const dialect: Dialect = {
      delimiter,
      columns: width,
      records: widths.length,
      evenness: count / widths.length,
      endsLines: width === 2 && emptyLast > widths.length / 2,
    };
    if (best === undefined || score(dialect) > score(best)) best = dialect;
  }
  return best;
};
