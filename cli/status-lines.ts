/** A status in words. */
import type { Upload } from '../client/types.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { barText, bytesText, columns, plain } from './terminal.ts';

type Step = Upload['steps'][number];

export const nameOf = ({ declared, id }: Pick<Upload, 'declared' | 'id'>): string =>
  plain(declared?.name ?? id);

const isEnded = ({ state }: Step): boolean => state !== 'queued' && state !== 'running';

/** What was taken over from the same bytes was not worked here, and took no time. */
const timeOf = ({ durationMs, reused }: Step): string => {
  if (reused === true) return 'reused';
  return durationMs === undefined ? '' : `${durationMs} ms`;
};

const stepRow = (step: Step): readonly string[] => [
  `  ${step.name}`,
  step.state,
  timeOf(step),
  step.error === undefined ? '' : `${step.error.code}: ${plain(step.error.message)}`,
];

/** The state in one line. */
export const stateLine = (upload: Upload): string => {
  const { state, steps, progress, error, children } = upload;
  if (state === 'processing') {
    const ended = steps.filter(isEnded).length;
    const ofChildren =
      children === undefined ? '' : `, ${children.ended} of ${children.count} children`;
    return `${barText(progress / 100)} ${ended} of ${steps.length} steps${ofChildren}`;
  }
  return error === undefined ? state : `${state}, ${error.code}: ${plain(error.message)}`;
};

/** All there is to say, a line each. */
export const statusLines = (upload: Upload): readonly string[] => {
  const { id, size, declared, detectedType, steps } = upload;
  const bytes = size ?? declared?.size;
  const facts = [bytes === undefined ? '' : bytesText(bytes), detectedType ?? ''].filter(Boolean);
  return [
    `${nameOf(upload)} (${id}): ${stateLine(upload)}`,
    ...(facts.length === 0 ? [] : [`  ${facts.join(', ')}`]),
    ...columns(steps.map(stepRow)),
  ];
};

/** Of an upload that has ended or is still on its way. */
export const exitCodeOfUpload = ({ state }: Upload): ExitCode =>
  ['completed', 'awaiting_upload', 'processing'].includes(state) ? EXIT.done : EXIT.failed;
