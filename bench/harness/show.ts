/** Rows as people read them: on a terminal, and as a table in Markdown. */
import { isMet, type Row } from './bench.ts';

/** Three significant figures, without an exponent. */
export const figure = (value: number): string =>
  value.toLocaleString('en', { maximumSignificantDigits: 3, useGrouping: true });

const targetOf = ({ target, better, unit }: Row): string => {
  if (target === null) return '';
  if (target.of === 'ratio') return `≥ ${figure(target.value)} ×`;
  return `${better === 'more' ? '≥' : '≤'} ${figure(target.value)} ${unit}`;
};

const verdictOf = (row: Row): string => {
  const met = isMet(row);
  return met === undefined ? '' : met ? 'met' : 'not met';
};

/** What is measured, ours, the peer's, how many times better, the target, and whether it is met. */
export const cellsOf = (row: Row): readonly string[] => [
  row.case,
  `${figure(row.ours)} ${row.unit}`,
  row.peer === null ? '' : `${figure(row.peer)} (${row.peerName})`,
  row.ratio === null ? '' : `${figure(row.ratio)} ×`,
  targetOf(row),
  verdictOf(row),
];

const HEADINGS = ['case', 'ours', 'peer', 'ratio', 'target', ''] as const;

/** Columns as wide as their widest cell. */
export const textTable = (rows: readonly Row[]): string => {
  const lines = [HEADINGS, ...rows.map(cellsOf)];
  const widths = HEADINGS.map((_, column) =>
    Math.max(...lines.map((cells) => cells[column]?.length ?? 0)),
  );
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

export const markdownTable = (rows: readonly Row[]): string =>
  [HEADINGS, HEADINGS.map(() => '---'), ...rows.map(cellsOf)]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
