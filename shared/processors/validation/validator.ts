/** Checks the records of a table against its schema while they stream by. */

import { NonRetryableError } from '../../domain/errors.ts';
import type { TableSchema } from '../../domain/table-schema.ts';
import type { ColumnPlaces } from '../table/json-lines.ts';
import type { FieldKind, RowSink } from '../table/row-table.ts';
import { MOST_VALUE_CHARACTERS } from '../table/text-rows.ts';
import { type ColumnProblem, columnProblems } from './columns.ts';
import { createFieldCheck, type FieldCheck, type Rule } from './field-check.ts';
import type { Finding } from './report.ts';

/** Columns that a table may have, in the schema or not. */
const MOST_COLUMNS = 16_384;

export interface Validated {
  readonly rows: number;
  readonly invalidRows: number;
  readonly errors: number;
  readonly errorsByRule: Readonly<Partial<Record<Rule, number>>>;
  readonly errorsByColumn: ReadonlyMap<string, number>;
  readonly columnProblems: readonly ColumnProblem[];
}

export interface ValidatorOptions {
  readonly schema: TableSchema;
  /** `first`: in the first record; `none`: columns are told by their order; else the names that were found so far. */
  readonly names: 'first' | 'none' | Pick<ColumnPlaces, 'find' | 'names'>;
  /** A record that ends early has its other fields empty. */
  readonly isPadded: boolean;
  readonly onFinding: (finding: Finding) => void;
  /** Called for every new value of a field that must be unique; may throw to stop. */
  readonly onUnique: () => void;
}

export interface Validator extends RowSink {
  end(): Validated;
}

interface Value {
  readonly text: string;
  readonly isNative: boolean;
}

const createTally = (onFinding: (finding: Finding) => void) => {
  const byRule: Partial<Record<Rule, number>> = {};
  const byColumn = new Map<string, number>();
  let errors = 0;
  return {
    byRule,
    byColumn,
    get errors() {
      return errors;
    },
    add(finding: Finding): void {
      const { rule, column } = finding;
      errors += 1;
      byRule[rule] = (byRule[rule] ?? 0) + 1;
      if (column !== '') byColumn.set(column, (byColumn.get(column) ?? 0) + 1);
      onFinding(finding);
    },
  };
};

/** Where the column of a check is; undefined while the table has none. */
type ColumnOf = (check: FieldCheck, place: number) => number | undefined;

const byOrder =
  (width: number): ColumnOf =>
  (_, place) =>
    place < width ? place : undefined;

/** A name that is there twice counts where it stands first. */
const byName = (names: readonly (string | null)[]): ColumnOf => {
  const columns = new Map<string | null, number>();
  for (const [column, name] of names.entries()) {
    if (!columns.has(name)) columns.set(name, column);
  }
  return ({ name }) => columns.get(name);
};

const columnsOf = ({ schema, names }: ValidatorOptions): ColumnOf => {
  if (names === 'none') return byOrder(schema.fields.length);
  return names === 'first' ? () => undefined : ({ name }) => names.find(name);
};

export const createValidator = (options: ValidatorOptions): Validator => {
  const { schema, names, isPadded, onFinding, onUnique } = options;
  const { fieldsMatch: match = 'exact', missingValues = [''] } = schema;
  const checks = schema.fields.map((field) => createFieldCheck(field, onUnique));
  const missing = new Set(missingValues);
  const tally = createTally(onFinding);
  const isNaming = typeof names === 'object';
  let header: readonly (string | null)[] = [];
  let columnOf = columnsOf(options);
  let values: (Value | undefined)[] = [];
  let [records, rows, invalidRows] = [0, 0, 0];

  const brokenBy = (check: FieldCheck, value: Value | undefined): Rule | undefined => {
    if (value === undefined || missing.has(value.text)) return check.missing;
    if (value.text.length > MOST_VALUE_CHARACTERS) return 'length';
    return check.broken(value.text, value.isNative);
  };

  const checkWidth = (found: number): void => {
    const width = names === 'none' ? schema.fields.length : header.length;
    if (isPadded || isNaming || found === width) return;
    tally.add({ row: records, column: '', rule: 'width', value: `${found} of ${width}` });
  };

  const checkRow = (found: number): void => {
    const before = tally.errors;
    checkWidth(found);
    for (const [place, check] of checks.entries()) {
      const column = columnOf(check, place);
      // A column that the whole table lacks is told once, not again for every row.
      if (column === undefined && !isNaming) continue;
      const value = column === undefined ? undefined : values[column];
      const rule = brokenBy(check, value);
      if (rule === undefined) continue;
      tally.add({ row: records, column: check.name, rule, value: value?.text ?? '' });
    }
    rows += 1;
    if (tally.errors > before) invalidRows += 1;
  };

  const takeHeader = (found: number): void => {
    header = Array.from({ length: found }, (_, at) => values[at]?.text ?? null);
    columnOf = match === 'exact' ? byOrder(found) : byName(header);
  };

  return {
    field(column: number, text: string, kind: FieldKind) {
      if (column >= MOST_COLUMNS) {
        const detail = `The limit is ${MOST_COLUMNS} columns.`;
        throw new NonRetryableError('over_budget', { detail });
      }
      values[column] = { text, isNative: kind === 'plain' };
    },
    endRecord(found) {
      records += 1;
      if (names === 'first' && records === 1) takeHeader(found);
      else checkRow(found);
      values = [];
    },
    blankLine: () => undefined,
    end: () => {
      const found = { names: isNaming ? names.names() : header, isOrdered: !isNaming };
      const fields = schema.fields.map(({ name }) => name);
      return {
        rows,
        invalidRows,
        errors: tally.errors,
        errorsByRule: tally.byRule,
        errorsByColumn: tally.byColumn,
        columnProblems: names === 'none' ? [] : columnProblems(fields, found, match),
      };
    },
  };
};
