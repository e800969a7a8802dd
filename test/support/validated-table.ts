/** Checks a table against a schema, as its step does, and reads the report. */
import type { TableValidation } from '../../shared/domain/table-schema.ts';
import { tableValidate } from '../../shared/processors/table-validate.ts';
import { type InputOptions, processorInput } from './processor-input.ts';

interface Found {
  readonly accepted: boolean;
  readonly reasons: readonly string[];
  readonly rows: number;
  readonly invalidRows: number;
  readonly errors: number;
  readonly reported: number;
  readonly errorsByRule: Readonly<Record<string, number>>;
  readonly columns: readonly unknown[];
  readonly columnProblems: readonly unknown[];
  readonly columnProblemCount: number;
  readonly file: string | null;
}

export const validateTable = async (
  bytes: string | Uint8Array,
  validation: TableValidation,
  options: InputOptions = {},
) => {
  const { input, files } = processorInput(tableValidate, Buffer.from(bytes as string), {
    type: 'text/csv',
    options: { tableValidation: validation },
    ...options,
  });
  const found = (await tableValidate.run(input)) as Found;
  return { ...found, report: files.get('errors.csv')?.bytes.toString() };
};

/** Errors as `row column rule`. */
export const told = ({ report = '' }: { readonly report: string | undefined }): readonly string[] =>
  report
    .split('\n')
    .slice(1, -1)
    .map((line) => line.split(',').slice(0, 3).join(' ').replaceAll('"', ''));
