/** Profiles JSON Lines: one record a line, whose members are its columns; an array's elements are columns without names. */
import type { TextEncoding } from '../../detection/encoding.ts';
import { NonRetryableError } from '../../domain/errors.ts';
import type { ProcessorInput } from '../processor.ts';
import { sniffedText } from '../reading/sniffed-text.ts';
import { createRowTable, type FieldKind, type RowSink } from './row-table.ts';
import type { TableSummary } from './summary.ts';

/** Characters of one line, which is held in memory while it is parsed. */
const MOST_LINE = 8 * 1024 ** 2;

const corrupt = (line: number, cause?: unknown): NonRetryableError =>
  new NonRetryableError('corrupt', { detail: `Line ${line} is not valid JSON.`, cause });

/** Lines of the text, without their ends; LF and CRLF end one. */
async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of pieces) {
    let from = 0;
    for (let end = piece.indexOf('\n'); end !== -1; end = piece.indexOf('\n', from)) {
      yield rest + piece.slice(from, end);
      rest = '';
      from = end + 1;
    }
    rest += piece.slice(from);
    if (rest.length > MOST_LINE) {
      throw new NonRetryableError('over_budget', {
        detail: `The limit is ${MOST_LINE} characters in one line.`,
      });
    }
  }
  if (rest !== '') yield rest;
}

const parse = (text: string, line: number): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw corrupt(line, cause);
  }
};

/** What stands in a column for a value within a value. */
const textOf = (value: object): string => {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    // Only nesting beyond the stack does that to what was parsed before.
    throw new NonRetryableError('over_budget', { detail: 'A value is nested too deep.', cause });
  }
};

const fieldOf = (value: unknown): readonly [string, FieldKind] => {
  if (value === null) return ['', 'plain'];
  if (typeof value === 'string') return [value, 'quoted'];
  if (typeof value === 'object') return [textOf(value), 'text'];
  return [String(value), 'plain'];
};

export interface ColumnPlaces {
  /** The column of a member; it gets one when it is first seen. Elements of arrays have their place in place of a name. */
  placeOf(name: string | number): number;
  find(name: string): number | undefined;
  names(): readonly (string | null)[];
}

export const createPlaces = (): ColumnPlaces => {
  const places = new Map<string | number, number>();
  return {
    placeOf(name: string | number): number {
      const known = places.get(name);
      if (known !== undefined) return known;
      places.set(name, places.size);
      return places.size - 1;
    },
    find: (name) => places.get(name),
    names: (): readonly (string | null)[] =>
      [...places.keys()].map((name) => (typeof name === 'string' ? name : null)),
  };
};

const membersOf = (value: unknown): readonly (readonly [string | number, unknown])[] => {
  if (Array.isArray(value)) return value.map((element, index) => [index, element] as const);
  if (typeof value === 'object' && value !== null) return Object.entries(value);
  return [[0, value]];
};

const addRecord = (sink: RowSink, value: unknown, { placeOf }: ColumnPlaces): void => {
  const members = membersOf(value);
  for (const [name, member] of members) {
    sink.field(placeOf(name), ...fieldOf(member));
  }
  sink.endRecord(members.length);
};

/**
 * Tells `sink` of every record.
 * @throws NonRetryableError `corrupt` for a line that is no JSON; `over_budget` for too long a line; what `sink` throws.
 */
export const readJsonLines = async (
  input: Pick<ProcessorInput, 'open' | 'signal'>,
  sink: RowSink,
  places: ColumnPlaces,
): Promise<TextEncoding> => {
  const { sniffed, pieces } = sniffedText(input);
  let line = 0;
  for await (const text of linesOf(pieces())) {
    line += 1;
    if (text.trim() === '') sink.blankLine();
    else addRecord(sink, parse(text, line), places);
  }
  return sniffed.encoding;
};

/** @throws NonRetryableError as `readJsonLines` does; `over_budget` for too many columns. */
export const profileJsonLines = async (input: ProcessorInput): Promise<TableSummary> => {
  const places = createPlaces();
  const table = createRowTable({
    onWidth: (columns) => input.budget.reach('entries', columns),
    names: places.names,
    isPadded: false,
  });
  const { label, bomBytes } = await readJsonLines(input, table, places);
  const profile = await table.end(input.signal);
  return {
    ...profile,
    encoding: label,
    bom: bomBytes > 0,
    delimiter: null,
    nulBytes: 0,
    remarks: 0,
    sheet: null,
    profiledRows: profile.rows,
  };
};
