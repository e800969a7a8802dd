import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import { RetryableError } from '../../../shared/domain/errors.ts';
import { isLive } from '../../../shared/domain/upload.ts';
import { MINUTE } from '../../support/factories.ts';
import {
  createMemoryWorld,
  drain,
  drainFor,
  type MemoryWorld,
  type WorldOptions,
} from '../../support/memory-world.ts';
import { processor } from '../../support/processors.ts';

/** Five uploads of each world, all sent. */
const setup = async (options: WorldOptions = {}) => {
  const processors = [
    processor('one'),
    processor('two', { lane: 'heavy' }),
    processor('three', { needs: ['one', 'two'] }),
  ];
  const world = createMemoryWorld({ processors, ...options });
  for (let index = 0; index < 5; index += 1) (await world.announce(`file ${index}`)).submit();
  return { ...world, processors };
};

const sweepUntilEnded = async (world: MemoryWorld, hours: number): Promise<void> => {
  const until = world.clock.now() + hours * 60 * MINUTE;
  const run = { requestId: 'sweep', attempt: 1, signal: new AbortController().signal };
  while (world.store.uploads().some(isLive) && world.clock.now() < until) {
    await drainFor(world, 10 * MINUTE);
    // What of the sweep fails is due again in the next one.
    await world.sweep({ ...run, logger: world.logs }).catch(() => undefined);
  }
};

const states = (world: MemoryWorld) => world.store.uploads().map(({ state }) => state);
const ALL_COMPLETED = Array(5).fill('completed');

describe('the whole way of a file', () => {
  it('ends completed, each step run once, one notification, nothing left in any queue', async () => {
    const world = await setup();

    await drain(world);

    expect(states(world)).toEqual(ALL_COMPLETED);
    expect(world.processors.map((each) => each.runs())).toEqual([5, 5, 5]);
    expect(world.bodies('notifications')).toHaveLength(5);
    for (const name of ['upload-events', 'light', 'heavy', 'finalize'] as const) {
      expect(world.queue.messages(name)).toEqual([]);
    }
  });

  it('C8: survives that every third write and send is throttled', async () => {
    const { chance } = createSeededRandom(11);
    let isThrottled = false;
    const throttle = (code: 'store_unavailable' | 'queue_unavailable') => {
      if (isThrottled && chance(0.3)) throw new RetryableError(code);
    };
    const world = await setup({
      store: (store) => ({
        put: async (upload) => {
          throttle('store_unavailable');
          return store.put(upload);
        },
        recordOutcomes: async (recorded) => {
          throttle('store_unavailable');
          return store.recordOutcomes(recorded);
        },
      }),
      queue: (queue) => ({
        send: async (name, messages) => {
          throttle('queue_unavailable');
          await queue.send(name, messages);
        },
      }),
    });
    isThrottled = true;

    await sweepUntilEnded(world, 24);

    expect(states(world)).toEqual(ALL_COMPLETED);
  });

  it('C6: survives that every third write happens and says that it did not', async () => {
    const { chance } = createSeededRandom(12);
    let isLossy = false;
    const lose = () => {
      if (isLossy && chance(0.3)) throw new RetryableError('store_unavailable');
    };
    const world = await setup({
      store: (store) => ({
        put: async (upload) => {
          const answer = await store.put(upload);
          lose();
          return answer;
        },
        recordOutcomes: async (recorded) => {
          const answer = await store.recordOutcomes(recorded);
          lose();
          return answer;
        },
      }),
    });
    isLossy = true;

    await sweepUntilEnded(world, 24);

    expect(states(world)).toEqual(ALL_COMPLETED);
    const ends = world.store
      .uploads()
      .map(({ timeline }) => timeline.filter(({ event }) => event === 'ended').length);
    expect(ends).toEqual(Array(5).fill(1));
  });

  it('C12: is the same with a board that is flushed before everything it is asked', async () => {
    let flush: () => void = () => undefined;
    const world = await setup({
      board: (board) => ({
        claim: async (lease) => {
          flush();
          return board.claim(lease);
        },
        show: async (document, done) => {
          flush();
          return board.show(document, done);
        },
      }),
    });
    flush = world.board.flush;

    await drain(world);

    expect(states(world)).toEqual(ALL_COMPLETED);
    expect(world.bodies('notifications')).toHaveLength(5);
  });

  it('C13: is the same with a board that never answers', async () => {
    const world = await setup();
    world.board.silence(true);

    await drain(world);

    expect(states(world)).toEqual(ALL_COMPLETED);
  });

  it('B16, C4: is not changed by every message that ever was, delivered once more', async () => {
    const world = await setup();
    const sent: [Parameters<typeof world.queue.deliver>[0], string][] = [];
    for (const name of ['upload-events', 'light', 'heavy', 'finalize'] as const) {
      for (const { body } of world.queue.messages(name)) sent.push([name, body]);
    }
    await drain(world);
    const rows = world.store.uploads();

    for (const [name, body] of sent) world.queue.deliver(name, body);
    await drain(world);

    expect(world.store.uploads()).toEqual(rows);
    const ids = world.bodies('notifications').map((body) => (body as { id: string }).id);
    expect(new Set(ids).size).toBe(5);
  });
});
