/** Profiles a table of any format, as its step does. */
import type { TableSummary } from '../../shared/processors/table/summary.ts';
import { tableProfile } from '../../shared/processors/table-profile.ts';
import { type InputOptions, processorInput } from './processor-input.ts';

/** Of columns; the step's own would make large fixtures. */
export const FEW = { budget: { entries: 100 } };

export const profileTable = async (bytes: Uint8Array, type: string, options: InputOptions = {}) => {
  const { input, opens } = processorInput(tableProfile, bytes, { ...options, type });
  return { ...((await tableProfile.run(input)) as TableSummary), opens: opens() };
};

export const codeOf = async (bytes: Uint8Array, type: string, options: InputOptions = {}) =>
  profileTable(bytes, type, options).then(
    () => 'none',
    (error: { readonly code?: string }) => error.code,
  );

export const typesOf = ({ columnProfiles }: TableSummary): Record<string, string> =>
  Object.fromEntries(columnProfiles.map(({ name, type }) => [name ?? '', type]));
