/** Profiles records whose fields come one by one as values of a reader, not as bytes between delimiters. */
import { eachInTurns, mapInTurns } from '../reading/turns.ts';
import { BOOLEAN, type Cell, cellTypeOf, INTEGER, NUMBER, TEXT } from './cell-type.ts';
import { addCell, type Column, createColumn, profileOf } from './column.ts';
import { cellOf, isHeader } from './header.ts';
import type { TableProfile } from './profile.ts';

/**
 * `plain`: is what it looks like. `quoted`: was written as a text, so it may be a date, but no number or truth value.
 * `text`: is text whatever it looks like.
 */
export type FieldKind = 'plain' | 'quoted' | 'text';

/** What a reader tells of a table while it reads it. */
export interface RowSink {
  /** One field of the current record; a column without one has a null there. */
  field(column: number, text: string, kind: FieldKind): void;
  /** @param width fields of the record, as its format counts them */
  endRecord(width: number): void;
  blankLine(): void;
}

export interface RowTable extends RowSink {
  /** @throws the reason of the stop, between two columns */
  end(signal: AbortSignal): Promise<TableProfile>;
}

export interface RowTableOptions {
  /** Called with the number of columns when it grows; may throw to stop. */
  readonly onWidth: (columns: number) => void;
  /** Names of the columns, asked for at the end; without it the first record may be a header. */
  readonly names?: () => readonly (string | null)[];
  /** A record that ends early has its other fields empty, and is not ragged for it. */
  readonly isPadded: boolean;
}

/** More than an accumulator looks at: 256 bytes of any field. */
const SCRATCH_BYTES = 1_024;
/** Record numbers of ragged records that are told; the rest is only counted. */
const RAGGED_TOLD = 10;
/** Bytes of a name that are told. */
const NAME_BYTES = 256;
const TEXT_BIT = 1 << TEXT;

const nameOf = (text: string): string => {
  const bytes = Buffer.from(text);
  return bytes.length <= NAME_BYTES
    ? text
    : bytes
        .subarray(0, NAME_BYTES)
        .toString()
        .replace(/\ufffd+$/u, '');
};

const decode = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** Adds values, each by its text, to columns that are made when they are first seen. */
const createColumns = (onWidth: (columns: number) => void) => {
  const columns: Column[] = [];
  const scratch = Buffer.alloc(SCRATCH_BYTES);
  const cell: Cell = cellOf(scratch);

  const columnAt = (index: number): Column => {
    while (columns.length <= index) {
      onWidth(columns.length + 1);
      columns.push(createColumn());
    }
    // Made above when it was not there.
    return columns[index] ?? createColumn();
  };
  const take = (text: string): Cell => {
    cell.start = 0;
    cell.end = scratch.write(text, 0);
    return cell;
  };
  const looksTyped = (text: string): boolean => {
    const type = cellTypeOf(take(text));
    return type === INTEGER || type === NUMBER || type === BOOLEAN;
  };

  return {
    columns,
    columnAt,
    add(index: number, text: string, kind: FieldKind): void {
      const column = columnAt(index);
      if ((column.types & TEXT_BIT) === 0 && kind !== 'plain') {
        if (kind === 'text' || looksTyped(text)) column.types |= TEXT_BIT;
      }
      addCell(column, take(text));
    },
  };
};

type Kept = readonly [column: number, text: string, kind: FieldKind];

export const createRowTable = ({ onWidth, names, isPadded }: RowTableOptions): RowTable => {
  const { columns, columnAt, add } = createColumns(onWidth);
  const raggedRecords: number[] = [];
  const first: Kept[] = [];
  let [records, blankLines, ragged] = [0, 0, 0];
  let [firstWidth, narrowest, widest] = [0, Number.POSITIVE_INFINITY, 0];

  const isFirst = (): boolean => records === 0 && names === undefined;

  /** The first record was kept back until its columns are known. */
  const settleHeader = async (signal: AbortSignal): Promise<boolean> => {
    if (names !== undefined) return false;
    const texts = Array.from({ length: firstWidth }, () => Buffer.alloc(0));
    for (const [column, text] of first) texts[column] = Buffer.from(text);
    if (await isHeader(texts, columns, { hasRows: records > 1, signal })) return true;
    await eachInTurns(first, { signal }, (kept) => add(...kept));
    return false;
  };

  const namesFound = (header: boolean): readonly (string | null)[] => {
    const found: (string | null)[] = [];
    if (header) for (const [column, text] of first) found[column] = text;
    return names?.() ?? found;
  };

  return {
    field(column, text, kind) {
      if (!isFirst()) return add(column, text, kind);
      columnAt(column);
      first.push([column, text, kind]);
    },
    endRecord(width) {
      if (records === 0) firstWidth = width;
      records += 1;
      narrowest = Math.min(narrowest, width);
      widest = Math.max(widest, width);
      if (isPadded || width === firstWidth) return;
      ragged += 1;
      if (raggedRecords.length < RAGGED_TOLD) raggedRecords.push(records);
    },
    blankLine() {
      blankLines += 1;
    },
    async end(signal) {
      const header = await settleHeader(signal);
      const rows = records - (header ? 1 : 0);
      const found = namesFound(header);
      return {
        header,
        records,
        rows,
        columns: columns.length,
        columnsMin: isPadded ? columns.length : records === 0 ? 0 : narrowest,
        columnsMax: isPadded ? columns.length : widest,
        ragged,
        raggedRecords,
        blankLines,
        unclosedQuote: false,
        columnProfiles: await mapInTurns(columns, { signal }, (column, index) => {
          const name = found[index] ?? null;
          return profileOf(column, { name: name && nameOf(name), rows, decode });
        }),
      };
    },
  };
};
