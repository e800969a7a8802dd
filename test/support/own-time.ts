/** Time as this thread had it: the wall's, without what it spent waiting for a core that others were using. */
import { readFileSync } from 'node:fs';

/** Milliseconds that this thread was ready to run and did not; undefined where the system does not tell. */
const waitedForCore = (): number | undefined => {
  try {
    // Time on a core, time waiting for one (both in nanoseconds), turns. Only Linux has it.
    const [, waited] = readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ');
    return Number(waited) / 1e6;
  } catch {
    return undefined;
  }
};

/** Whether a busy machine is told apart from a slow program; where it is not, limits must be generous. */
export const canTellOwnTime = waitedForCore() !== undefined;

/** Starts a watch; what it returns tells the milliseconds since then. */
export const startOwnTime = (): (() => number) => {
  const [startedAt, waitedBefore] = [performance.now(), waitedForCore() ?? 0];
  return () => performance.now() - startedAt - ((waitedForCore() ?? 0) - waitedBefore);
};
