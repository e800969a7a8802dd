/** The clock of the machine. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../ports/clock.ts';

export const createSystemClock = (): Clock => ({
  now: () => Date.now(),
  async sleep(ms, signal) {
    try {
      await delay(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      // The port resolves on abort: who gave the signal knows why it ended.
      if (signal?.aborted !== true) throw error;
    }
  },
});
