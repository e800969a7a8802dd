/** Holds the columns that a table has against the fields that its schema names. */
import type { FieldMatch } from '../../domain/table-schema.ts';

export const COLUMN_PROBLEMS = ['missing', 'extra', 'misplaced', 'repeated'] as const;

export interface ColumnProblem {
  readonly column: string;
  /** `misplaced`: another name stands where this field is expected. */
  readonly problem: (typeof COLUMN_PROBLEMS)[number];
}

export interface ColumnsFound {
  /** Names in the order of the table; null for a column without one. */
  readonly names: readonly (string | null)[];
  /** Whether the table's format has an order of columns at all. */
  readonly isOrdered: boolean;
}

const misplaced = (
  fields: readonly string[],
  names: readonly (string | null)[],
): readonly ColumnProblem[] =>
  fields.flatMap((field, at): readonly ColumnProblem[] =>
    at < names.length && names[at] !== field ? [{ column: field, problem: 'misplaced' }] : [],
  );

/** What is wrong with the columns, in the order of fields and then of columns. */
export const columnProblems = (
  fields: readonly string[],
  { names, isOrdered }: ColumnsFound,
  match: FieldMatch,
): readonly ColumnProblem[] => {
  const isExact = match === 'exact' && isOrdered;
  const known = new Set(names);
  const wanted = new Set(fields);
  const mayLack = match === 'superset' || match === 'partial';
  const mayHaveMore = match === 'subset' || match === 'partial';
  const lacking = fields.filter((field, at) => (isExact ? at >= names.length : !known.has(field)));
  const surplus = names.filter((name, at) =>
    isExact ? at >= fields.length : name === null || !wanted.has(name),
  );
  const repeated = names.filter((name, at) => name !== null && names.indexOf(name) < at);
  const isNoneThere = match === 'partial' && lacking.length === fields.length;
  return [
    ...(mayLack && !isNoneThere
      ? []
      : lacking.map((column) => ({ column, problem: 'missing' }) as const)),
    ...(isExact ? misplaced(fields, names) : []),
    ...(mayHaveMore
      ? []
      : surplus.map((name) => ({ column: name ?? '', problem: 'extra' }) as const)),
    ...(isExact
      ? []
      : repeated.map((name) => ({ column: name ?? '', problem: 'repeated' }) as const)),
  ];
};
