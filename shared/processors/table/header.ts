/** Tells whether the first record of a table holds the names of its columns. */
import type { Cell } from './cell-type.ts';
import { type Column, typeOfColumn, typeOfValue } from './column.ts';

/** All of `bytes` as one field. */
export const cellOf = (bytes: Uint8Array): Cell => ({
  bytes,
  start: 0,
  end: bytes.length,
  value: 0,
});

/**
 * Whether the first record names the columns: where a column holds numbers or dates, its first value tells
 * (a name is text, a value is not); where all is text, names are filled in and differ from each other.
 */
export const isHeader = (
  first: readonly Uint8Array[],
  columns: readonly Column[],
  hasRows: boolean,
): boolean => {
  let votes = 0;
  const types = first.map((value) => typeOfValue(cellOf(value)));
  first.forEach((_, index) => {
    const column = columns[index];
    const type = column === undefined ? 'empty' : typeOfColumn(column);
    if (type === 'text' || type === 'empty') return;
    votes += types[index] === 'text' ? 1 : types[index] === 'empty' ? 0 : -1;
  });
  if (votes !== 0) return votes > 0;
  const isAllText = types.every((type) => type === 'text' || type === 'empty');
  const names = new Set(first.map((value) => Buffer.from(value).toString('latin1')));
  return isAllText && types.includes('text') && (!hasRows || names.size > 1 || first.length === 1);
};
