/** L1, for what is given up: nothing is `stuck` that went on within the last day. */
import type { Upload } from '../../shared/domain/upload.ts';
import type { Problem } from './problem.ts';

const HOUR = 3_600_000;
/** Eight re-drives take 27 hours; a clock may be wrong by minutes. */
const PATIENCE_MS = 24 * HOUR;

/** Told of every row that is written, in order; answers what is wrong with its `stuck` steps, if anything is. */
export const createPatience = () => {
  const wentOnAt = new Map<string, number>();
  return (before: Upload | undefined, after: Upload, now: number): Problem | undefined => {
    const isSameRun = before?.generation === after.generation;
    const fresh = Object.entries(after.outcomes).filter(
      ([step]) => !isSameRun || before.outcomes[step] === undefined,
    );
    const since = wentOnAt.get(after.id) ?? now;
    if (!isSameRun || fresh.length > 0) wentOnAt.set(after.id, now);
    const given = fresh.find(
      ([, outcome]) => outcome.state === 'failed' && outcome.code === 'stuck',
    );
    if (given === undefined || now - since >= PATIENCE_MS) return undefined;
    const hours = ((now - since) / HOUR).toFixed(1);
    return { law: 'L1', what: `${given[0]} was given up after ${hours} hours` };
  };
};
