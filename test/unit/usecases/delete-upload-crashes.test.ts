/** FAULTS E23: a deletion that dies at every effect. */
import { describe, expect, it } from 'vitest';
import { RetryableError } from '../../../shared/domain/errors.ts';
import {
  completedUpload,
  isGone,
  leftOf,
  NOTHING,
  sweepFor,
} from '../../support/deletion-world.ts';
import { type MemoryWorld, PRINCIPAL, type WorldOptions } from '../../support/memory-world.ts';

/** Fails the `nth` effect of any port, once; before or after it was made. */
const failingAt = (
  nth: number,
  when: 'before' | 'after',
): { options: WorldOptions; count: () => number; arm: () => void } => {
  let left = Number.POSITIVE_INFINITY;
  let seen = 0;
  const effect = async <T>(make: () => Promise<T>): Promise<T> => {
    seen += 1;
    left -= 1;
    const isNow = left === 0;
    if (isNow && when === 'before') throw new RetryableError('storage_unavailable');
    const made = await make();
    if (isNow) throw new RetryableError('storage_unavailable');
    return made;
  };
  return {
    count: () => seen,
    arm: () => {
      seen = 0;
      left = nth;
    },
    options: {
      store: (store) => ({ put: (upload) => effect(() => store.put(upload)) }),
      queue: (queue) => ({ send: (name, messages) => effect(() => queue.send(name, messages)) }),
      erasers: ({ objectEraser, rowEraser }) => ({
        objectEraser: {
          eraseIncoming: (key) => effect(() => objectEraser.eraseIncoming(key)),
          eraseResults: (id) => effect(() => objectEraser.eraseResults(id)),
        },
        rowEraser: {
          eraseRows: (id) => effect(() => rowEraser.eraseRows(id)),
        },
      }),
    },
  };
};

/** What a caller does who is answered 503: asks once more, or gives up. */
const deleteOnce = async (world: MemoryWorld, id: string): Promise<boolean> => {
  try {
    await world.deleteUpload(PRINCIPAL, id, 'request-1');
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'storage_unavailable' });
    return false;
  }
};

describe.each(['before', 'after'] as const)('a deletion that dies %s', (when) => {
  it('any of its effects ends all the same, whether its caller asks again or not', async () => {
    let effects = 0;
    for (let nth = 1; nth <= Math.max(effects, 1); nth += 1) {
      for (const asksAgain of [true, false]) {
        const faults = failingAt(nth, when);
        const world = await completedUpload(faults.options);
        faults.arm();
        const isAnswered = await deleteOnce(world, world.id);
        if (!isAnswered && asksAgain) await deleteOnce(world, world.id);
        await sweepFor(world, 240);
        effects = Math.max(effects, faults.count());

        const row = await world.memory.store.find(world.id);
        const wasDeleted = row !== undefined && 'deletedAt' in row;
        // Nothing was promised, nobody asked again, and nothing had happened: then it is still there.
        expect(wasDeleted || (!isAnswered && !asksAgain && nth === 1), `effect ${nth}`).toBe(true);
        if (!wasDeleted) continue;
        await isGone(world, world.id);
        expect(leftOf(world, world.id), `effect ${nth}`).toEqual(NOTHING);
        expect(row, `effect ${nth}`).not.toHaveProperty('erasure');
      }
      if (nth > 30) break;
    }
    expect(effects).toBeGreaterThan(6);
  });
});
