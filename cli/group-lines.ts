/** The status of a group in words. */
import type { Group } from '../client/types.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { barText, columns, plain } from './terminal.ts';

const WELL: ReadonlySet<string> = new Set(['awaiting_upload', 'processing', 'completed']);

/** One line for all, and one for each. */
export const groupLines = ({ id, state, progress, uploads }: Group): readonly string[] => [
  `${id}: ${state === 'open' ? barText(progress / 100) : state} ${uploads.length} uploads`,
  ...columns(
    uploads.map(({ id: upload, name = '', state: one, error }) => [
      `  ${upload}`,
      one,
      plain(name),
      error === undefined ? '' : `${error.code}: ${plain(error.message)}`,
    ]),
  ),
];

/** Of one that has ended or is still on its way. */
export const exitCodeOfGroup = ({ uploads }: Group): ExitCode =>
  uploads.every(({ state }) => WELL.has(state)) ? EXIT.done : EXIT.failed;
