/** What is wrong with one row by itself, whatever was there before it. */
import { FAILURE_CODES, sentenceOf } from '../../shared/domain/errors.ts';
import {
  dueAtOf,
  isDeleted,
  isLive,
  type Upload,
  type UploadState,
} from '../../shared/domain/upload.ts';
import type { Problem } from './problem.ts';

const HOUR = 3_600_000;
/** The longest re-drive delay, and what a file in parts may take, each plus what a clock may be wrong. */
const furthestDueMs = (state: UploadState): number => (state === 'awaiting_upload' ? 25 : 7) * HOUR;

const failureProblem = (
  failure: { code: string; message: string } | undefined,
): string | undefined => {
  if (failure === undefined) return 'has no failure';
  const code = FAILURE_CODES.find((known) => known === failure.code);
  if (code === undefined) return `has the unknown code ${failure.code}`;
  return failure.message.startsWith(sentenceOf(code)) ? undefined : `has no sentence for ${code}`;
};

/** Undefined when nothing is. */
export const rowProblem = (row: Upload, now: number): Problem | undefined => {
  const dueAt = dueAtOf(row);
  if (isLive(row) || dueAt !== undefined) {
    const isSoon = dueAt !== undefined && dueAt <= now + furthestDueMs(row.state);
    return isSoon ? undefined : { law: 'L1', what: `due at ${dueAt}` };
  }
  if (isDeleted(row)) return undefined;
  if (row.state === 'completed') {
    const open = row.plan.find(({ name }) => row.outcomes[name]?.state !== 'succeeded');
    return open === undefined
      ? undefined
      : { law: 'L1', what: `completed although ${open.name} did not succeed` };
  }
  const problem = failureProblem(row.failure);
  if (problem !== undefined) return { law: 'L8', what: `${row.state} ${problem}` };
  for (const [step, outcome] of Object.entries(row.outcomes)) {
    const missing = outcome.state === 'succeeded' ? undefined : failureProblem(outcome);
    if (missing !== undefined) return { law: 'L8', what: `${step} ${missing}` };
  }
  return undefined;
};
