/** Checks a table against the schema that was given with its upload, and says row by row what is wrong. */
import * as z from 'zod';
import { NonRetryableError } from '../domain/errors.ts';
import type { TableValidation } from '../domain/table-schema.ts';
import { defineProcessor, type ProcessorInput } from './processor.ts';
import { createPlaces, readJsonLines } from './table/json-lines.ts';
import { readParquetRows } from './table/parquet-rows.ts';
import { MOST_VALUE_CHARACTERS, readTextRows } from './table/text-rows.ts';
import { readFirstSheet, WORKBOOK_TYPES } from './table/workbook.ts';
import { COLUMN_PROBLEMS } from './validation/columns.ts';
import { RULES } from './validation/field-check.ts';
import { createReport } from './validation/report.ts';
import { createValidator, type Validated, type ValidatorOptions } from './validation/validator.ts';

const GiB = 1024 ** 3;
const MiB = 1024 ** 2;
const LINES = 'application/x-ndjson';
const PARQUET = 'application/vnd.apache.parquet';
/** Formats that name their columns themselves. */
const NAMING: readonly string[] = [LINES, PARQUET];
const RANGED = [...WORKBOOK_TYPES, PARQUET];
const REPORT_FILE = 'errors.csv';
/** Columns and their problems that the outcome tells of; the report and the counts have all. */
const TOLD_COLUMNS = 16;
const NAME_CHARACTERS = 48;

const isWorkbook = (type: string): boolean => WORKBOOK_TYPES.includes(type);

const validate = async (
  input: ProcessorInput,
  { schema, header = true }: TableValidation,
  listen: Pick<ValidatorOptions, 'onFinding' | 'onUnique'>,
): Promise<Validated> => {
  const { type } = input.source;
  const places = createPlaces();
  const validator = createValidator({
    schema,
    names: NAMING.includes(type) ? places : header ? 'first' : 'none',
    isPadded: isWorkbook(type),
    ...listen,
  });
  if (type === LINES) await readJsonLines(input, validator, places);
  else if (type === PARQUET) await readParquetRows(input, validator, places);
  // One character more tells that a value is too long.
  else if (isWorkbook(type)) await readFirstSheet(input, validator, MOST_VALUE_CHARACTERS + 1);
  else await readTextRows(input, validator);
  return validator.end();
};

const REASONS = ['columns', 'invalid_rows', 'invalid_share'] as const;

/** What of the tolerance the table is beyond; without a tolerance, no row may be invalid. */
const reasonsOf = (
  { rows, invalidRows, columnProblems }: Validated,
  { tolerance = {} }: TableValidation,
): (typeof REASONS)[number][] => {
  const { invalidRows: most, invalidShare: share } = tolerance;
  const mostRows = most ?? (share === undefined ? 0 : Number.POSITIVE_INFINITY);
  return [
    ...(columnProblems.length > 0 ? (['columns'] as const) : []),
    ...(invalidRows > mostRows ? (['invalid_rows'] as const) : []),
    ...(share !== undefined && invalidRows > share * rows ? (['invalid_share'] as const) : []),
  ];
};

const told = (name: string): string => name.slice(0, NAME_CHARACTERS);

const worstColumns = ({ errorsByColumn }: Validated) =>
  [...errorsByColumn]
    .sort(([, left], [, right]) => right - left)
    .slice(0, TOLD_COLUMNS)
    .map(([name, errors]) => ({ name: told(name), errors }));

const run = async (input: ProcessorInput) => {
  const { tableValidation: validation } = input.options;
  if (validation === undefined) {
    throw new NonRetryableError('unsupported', { detail: 'No schema was given with the upload.' });
  }
  const report = createReport();
  const found = await validate(input, validation, {
    onFinding: report.add,
    onUnique: () => input.budget.spend('entries', 1),
  });
  if (report.length > 0) await input.emit(REPORT_FILE, report.body(), 'text/csv; charset=utf-8');
  const reasons = reasonsOf(found, validation);
  const { rows, invalidRows, errors, errorsByRule, columnProblems } = found;
  return {
    accepted: reasons.length === 0,
    reasons,
    rows,
    invalidRows,
    errors,
    reported: report.length,
    errorsByRule,
    columns: worstColumns(found),
    columnProblems: columnProblems
      .slice(0, TOLD_COLUMNS)
      .map(({ column, problem }) => ({ column: told(column), problem })),
    columnProblemCount: columnProblems.length,
    file: report.length > 0 ? REPORT_FILE : null,
  };
};

const count = z.int().nonnegative();

/** More different values in unique columns than the budget of entries → `over_budget`. What is wrong in a row fails nothing. */
export const tableValidate = defineProcessor({
  name: 'table-validate',
  version: 2,
  lane: 'light',
  accepts: ['text/csv', 'text/tab-separated-values', LINES, ...RANGED],
  reads: 'whole',
  ranged: RANGED,
  options: ['tableValidation'],
  onlyWith: 'tableValidation',
  isReusable: true,
  budget: { bytesIn: 5 * GiB, bytesOut: 16 * MiB, entries: 1_000_000, wallSeconds: 600 },
  ceiling: { entries: 4_000_000 },
  outcome: z.object({
    /** Whether its columns are those of the schema, and its invalid rows within the tolerance. */
    accepted: z.boolean(),
    /** Why it is not. */
    reasons: z.array(z.enum(REASONS)),
    rows: count,
    /** Rows with at least one error. */
    invalidRows: count,
    errors: count,
    /** Errors that are in the report. */
    reported: count,
    errorsByRule: z.partialRecord(z.enum(RULES), count),
    /** Those with the most errors. */
    columns: z.array(z.object({ name: z.string(), errors: count })),
    /** The first ones, of `columnProblemCount`. */
    columnProblems: z.array(z.object({ column: z.string(), problem: z.enum(COLUMN_PROBLEMS) })),
    columnProblemCount: count,
    /** Name of the derived file with the errors, or null when there are none. */
    file: z.string().nullable(),
  }),
  run,
});
