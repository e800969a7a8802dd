/** One run of one function: it has its own clock, can be stopped, and can die between any two of its effects. */
import type { SeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Call, FaultPlan } from './faults.ts';
import type { Journal } from './journal.ts';
import type { Scheduler } from './scheduler.ts';

export interface Invocation {
  readonly id: string;
  /** The function. */
  readonly name: string;
  /** What it was called for, for the story. */
  readonly uploads: readonly string[];
  readonly clock: Clock;
  /** How far its clock is off, in milliseconds. */
  readonly skew: number;
  readonly random: SeededRandom;
  /**
   * One call of a port: waits its turn, happens, and waits again before the caller learns of it. A dead caller never
   * learns of anything. `refuse` makes the answer of a call that failed.
   */
  effect<T>(call: Call, apply: () => Promise<T>, refuse: () => Promise<T>): Promise<T>;
  /** Runs `task` later as part of this invocation: never once it is dead, not before it is woken. */
  later(ms: number, task: () => void): void;
  kill(reason: string): void;
  isAlive(): boolean;
  /** Milliseconds of true time since it began. */
  elapsed(): number;
}

export interface InvocationOptions {
  readonly id: string;
  readonly name: string;
  readonly uploads: readonly string[];
  readonly skew: number;
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly faults: FaultPlan;
  readonly journal: Journal;
  readonly onDeath: (reason: string) => void;
  /** Its process is stopped for a while. */
  readonly onPause: () => void;
}

const MINUTE = 60_000;

/** How long a request or an answer is on its way: mostly milliseconds, now and then much longer. */
const latency = (random: SeededRandom): number => {
  const draw = random.fraction();
  if (draw < 0.95) return 1 + draw * 20;
  return draw < 0.99 ? 50 + random.below(500) : 500 + random.below(4_000);
};

export const createInvocation = (options: InvocationOptions): Invocation => {
  const { id, name, skew, scheduler, random, faults, journal, onDeath, onPause } = options;
  const startedAt = scheduler.now();
  let isAlive = true;
  let pausedUntil = 0;

  const note = (what: string, uploads: readonly string[] = options.uploads): void =>
    journal.write({ at: scheduler.now(), actor: `${name} ${id}`, what, uploads });

  const kill = (reason: string): void => {
    if (!isAlive) return;
    isAlive = false;
    note(`dies: ${reason}`);
    onDeath(reason);
  };

  const later = (ms: number, task: () => void): void => {
    const run = (): void => {
      if (!isAlive) return;
      if (pausedUntil > scheduler.now()) scheduler.at(pausedUntil, run);
      else task();
    };
    scheduler.after(ms, run);
  };

  const clock: Clock = {
    now: () => scheduler.now() + skew,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const run = (): void => {
          if (!isAlive) return;
          if (pausedUntil > scheduler.now()) scheduled = scheduler.at(pausedUntil, run);
          else resolve();
        };
        let scheduled = scheduler.after(ms, run);
        signal?.addEventListener(
          'abort',
          () => {
            scheduled.cancel();
            resolve();
          },
          { once: true },
        );
      }),
  };

  return {
    id,
    name,
    uploads: options.uploads,
    clock,
    skew,
    random,
    kill,
    later,
    isAlive: () => isAlive,
    elapsed: () => scheduler.now() - startedAt,
    effect: <T>(call: Call, apply: () => Promise<T>, refuse: () => Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        if (!isAlive) return;
        const fault = faults.atEffect(call);
        note(fault === undefined ? call.name : `${call.name} [${fault}]`, call.uploads);
        if (fault === 'crash-before') return kill(`crash before ${call.name}`);
        if (fault === 'pause') {
          pausedUntil = scheduler.now() + MINUTE * (1 + random.below(30));
          onPause();
        }
        const stall = fault === 'stall' ? 1_000 + random.below(10 * MINUTE) : 0;
        const answer = (promise: Promise<T>): void => {
          promise.then(resolve, reject);
        };
        const happen = (): void => {
          if (!isAlive) {
            // The request had left before its sender died: it may still arrive.
            if (!faults.happens('write-after-death')) return;
            note(`${call.name} arrives after death`, call.uploads);
          }
          if (fault === 'fail-before') {
            later(latency(random), () => answer(refuse()));
            return;
          }
          const done = apply();
          done.then(
            () => {
              if (fault === 'crash-after') kill(`crash after ${call.name}`);
              const lost = fault === 'lose-answer';
              later(latency(random), () => answer(lost ? refuse() : done));
            },
            (error: unknown) => later(latency(random), () => reject(error)),
          );
        };
        scheduler.after(latency(random) + stall, happen);
      }),
  };
};
