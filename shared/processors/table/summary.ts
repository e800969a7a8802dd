/** What is told of a table, of whatever format it is. */
import type { Delimiter } from '../../detection/dialect.ts';
import type { TableProfile } from './profile.ts';

export interface TableSummary extends TableProfile {
  /** Of a format that is text. */
  readonly encoding: string | null;
  readonly bom: boolean;
  readonly delimiter: Delimiter | null;
  readonly nulBytes: number;
  /** Lines in front of a table of text that are none of its records. */
  readonly remarks: number;
  /** Name of the sheet that is the table, of a format that has sheets. */
  readonly sheet: string | null;
  /** Rows that the columns were profiled from: all, or those before a limit. */
  readonly profiledRows: number;
}
