/**
 * Takes the place of the product's system clock in the bundles of the chaos hosts, so that hours of due times pass in
 * minutes: the machine's time plus a shift that comes with each invocation. The product's constants stay as they are.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../shared/ports/clock.ts';

let shiftMs = 0;

export const shiftClock = (ms: number): void => {
  shiftMs = ms;
};

/** @public bundle.ts puts it in the place of the product's. */
export const createSystemClock = (): Clock => ({
  now: () => Date.now() + shiftMs,
  async sleep(ms, signal) {
    try {
      await delay(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      if (signal?.aborted !== true) throw error;
    }
  },
});
