/** Virtual time moves only when it is moved, and wakes in order. */
import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { createMemoryClock } from '../../../shared/adapters/memory/memory-clock.ts';
import { createSystemClock } from '../../../shared/adapters/system-clock.ts';

it('wakes sleepers in the order of their time, and those who fall asleep again on the way', async () => {
  const clock = createMemoryClock(0);
  const woken: string[] = [];
  const sleeper = async (name: string, ...naps: readonly number[]): Promise<void> => {
    for (const nap of naps) {
      await clock.sleep(nap);
      woken.push(`${name} at ${clock.now()}`);
    }
  };
  const all = [sleeper('a', 30, 30), sleeper('b', 10, 10, 10, 100), sleeper('c', 30)];

  await clock.advance(60);

  expect(woken).toEqual(['b at 10', 'b at 20', 'a at 30', 'c at 30', 'b at 30', 'a at 60']);
  expect(clock.now()).toBe(60);
  expect(clock.nextWakeAt()).toBe(130);
  await clock.advance(70);
  await Promise.all(all);
  expect(clock.nextWakeAt()).toBeUndefined();
});

it('ends a sleep when it is aborted, without moving', async () => {
  const clock = createMemoryClock(0);
  const controller = new AbortController();
  const sleep = clock.sleep(1_000, controller.signal);
  controller.abort();
  await sleep;
  await clock.sleep(1_000, AbortSignal.abort());
  expect(clock.now()).toBe(0);
  expect(clock.nextWakeAt()).toBeUndefined();
});

it('lets go of the signal of a sleep that is over', async () => {
  const clock = createMemoryClock(0);
  const { signal } = new AbortController();
  const sleep = clock.sleep(10, signal);

  await clock.advance(10);
  await sleep;

  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

it('moves at once with tick', () => {
  const clock = createMemoryClock(0);
  void clock.sleep(10);
  clock.tick(25);
  expect(clock.now()).toBe(25);
  expect(clock.nextWakeAt()).toBeUndefined();
});

it('the clock of the machine sleeps, and resolves at once on abort', async () => {
  const clock = createSystemClock();
  const before = clock.now();
  await clock.sleep(5);
  await clock.sleep(60_000, AbortSignal.timeout(1));
  await clock.sleep(60_000, AbortSignal.abort());
  expect(clock.now()).toBeGreaterThanOrEqual(before);
});
