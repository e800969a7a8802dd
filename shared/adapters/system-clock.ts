/** The clock of the machine. */
import type { Clock } from '../ports/clock.ts';

export const createSystemClock = (): Clock => ({
  now: () => Date.now(),
  // Without an error where it is ended early: each record and step of a batch sleeps until it is done.
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      if (signal?.aborted === true) end();
      else signal?.addEventListener('abort', end, { once: true });
    }),
});
