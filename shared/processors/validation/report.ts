/** The report of what is wrong, row by row, as CSV: bounded, and safe to open in a program for spreadsheets. */
import type { Rule } from './field-check.ts';

export interface Finding {
  /** Number of the record, the header among them, from 1. */
  readonly row: number;
  readonly column: string;
  readonly rule: Rule;
  readonly value: string;
}

/** Findings that are written down; the rest is counted. */
const MOST_FINDINGS = 10_000;
/** Characters of a value that are shown. */
const SHOWN_CHARACTERS = 200;
const HEADER = 'row,column,rule,value\n';

/** What a spreadsheet would take for a formula is made a text, as OWASP advises: by a quote in front of it. */
const harmless = (text: string): string =>
  /^[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text;

const cell = (text: string): string => `"${harmless(text).replaceAll('"', '""')}"`;

const shown = (text: string): string =>
  text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;

export const createReport = () => {
  const lines: string[] = [];
  return {
    add({ row, column, rule, value }: Finding): void {
      if (lines.length >= MOST_FINDINGS) return;
      lines.push(`${row},${cell(shown(column))},${rule},${cell(shown(value))}\n`);
    },
    get length() {
      return lines.length;
    },
    body: (): Buffer => Buffer.from(`${HEADER}${lines.join('')}`),
  };
};
