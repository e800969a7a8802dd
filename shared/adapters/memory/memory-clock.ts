/** A clock that stands still until it is moved. */
import type { Clock } from '../../ports/clock.ts';

export interface MemoryClock extends Clock {
  /** Moves time on and wakes, in order of their time, all who slept until then. Whoever falls asleep again before the end is woken too. */
  advance(ms: number): Promise<void>;
  /** Moves time on at once and wakes; what the woken do next happens after this returns. */
  tick(ms: number): void;
  /** When the next sleeper wakes; undefined when nobody sleeps. */
  nextWakeAt(): number | undefined;
}

interface Sleeper {
  readonly wakeAt: number;
  wake(): void;
}

/** Rounds of the microtask queue after a wake-up: longer than any chain of awaits between two sleeps. */
const SETTLE_ROUNDS = 100;

const settle = async (): Promise<void> => {
  for (let round = 0; round < SETTLE_ROUNDS; round += 1) await Promise.resolve();
};

/** 2026-01-01T00:00:00Z, so that instants in failures are easy to read. */
const START = Date.UTC(2026, 0, 1);

export const createMemoryClock = (start: number = START): MemoryClock => {
  let now = start;
  const sleepers = new Set<Sleeper>();

  const next = (): Sleeper | undefined =>
    [...sleepers].reduce<Sleeper | undefined>(
      // Of equals the first to fall asleep wakes first: a set keeps its order.
      (first, sleeper) => (first === undefined || sleeper.wakeAt < first.wakeAt ? sleeper : first),
      undefined,
    );

  const wakeNext = (until: number): boolean => {
    const sleeper = next();
    if (sleeper === undefined || sleeper.wakeAt > until) return false;
    now = Math.max(now, sleeper.wakeAt);
    sleepers.delete(sleeper);
    sleeper.wake();
    return true;
  };

  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const end = (): void => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', end);
          resolve();
        };
        const sleeper = { wakeAt: now + Math.max(0, ms), wake: end };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', end, { once: true });
      }),
    async advance(ms) {
      const until = now + ms;
      await settle();
      while (wakeNext(until)) await settle();
      now = until;
    },
    tick(ms) {
      const until = now + ms;
      while (wakeNext(until));
      now = until;
    },
    nextWakeAt: () => next()?.wakeAt,
  };
};
