/** Tells whether the first record of a table holds the names of its columns. */
import { eachInTurns } from '../reading/turns.ts';
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
 * @throws the reason of the stop, between two columns: a table may have many
 */
export const isHeader = async (
  first: readonly Uint8Array[],
  columns: readonly Column[],
  { hasRows, signal }: { readonly hasRows: boolean; readonly signal: AbortSignal },
): Promise<boolean> => {
  let [votes, isAllText, hasText] = [0, true, false];
  const names = new Set<string>();
  await eachInTurns(first, { signal }, (value, index) => {
    const named = typeOfValue(cellOf(value));
    isAllText &&= named === 'text' || named === 'empty';
    hasText ||= named === 'text';
    names.add(Buffer.from(value).toString('latin1'));
    const column = columns[index];
    const type = column === undefined ? 'empty' : typeOfColumn(column);
    if (type !== 'text' && type !== 'empty')
      votes += named === 'text' ? 1 : named === 'empty' ? 0 : -1;
  });
  if (votes !== 0) return votes > 0;
  return isAllText && hasText && (!hasRows || names.size > 1 || first.length === 1);
};
