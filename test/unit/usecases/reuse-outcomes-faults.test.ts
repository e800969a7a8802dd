/** What cannot be taken over is worked, whoever fails or dies on the way. */
import { describe, expect, it } from 'vitest';
import { RetryableError } from '../../../shared/domain/errors.ts';
import { MINUTE } from '../../support/factories.ts';
import { drain, drainFor, type WorldOptions } from '../../support/memory-world.ts';
import {
  bytesOf,
  createReuseWorld,
  HELLO,
  outcomeOf,
  send,
  sent,
  sha256,
} from '../../support/reuse-world.ts';

describe('a step that cannot be taken over', () => {
  it('is worked when it is newer than the earlier one, beside others that are taken over', async () => {
    const world = createReuseWorld();
    await sent(world);
    Object.assign(world.render, { version: 2 });

    const id = await sent(world);

    expect(await outcomeOf(world, id, 'render')).not.toHaveProperty('reused');
    expect(await outcomeOf(world, id, 'sha256-digest')).toHaveProperty('reused');
    expect(world.render.runs()).toBe(2);
  });

  it('is worked when its derived file is not there any more', async () => {
    const world = createReuseWorld({ objects: () => ({ copyResult: async () => false }) });
    await sent(world);

    const id = await sent(world);

    expect(await outcomeOf(world, id, 'render')).not.toHaveProperty('reused');
    expect(bytesOf(world, `results/${id}/1/render/render.txt`)).toContain(sha256(HELLO));
  });

  it.each<[string, WorldOptions]>([
    [
      'the index',
      { contents: () => ({ find: () => Promise.reject(new RetryableError('store_unavailable')) }) },
    ],
    [
      'the copy',
      {
        objects: () => ({
          copyResult: () => Promise.reject(new RetryableError('storage_unavailable')),
        }),
      },
    ],
    [
      'the check',
      {
        objects: () => ({
          verifiedSha256: () => Promise.reject(new RetryableError('storage_unavailable')),
        }),
      },
    ],
  ])('is worked at once while %s does not answer', async (_name, options) => {
    const world = createReuseWorld(options);
    await sent(world);

    const id = await sent(world);

    expect(await world.store.find(id)).toMatchObject({ state: 'completed' });
    expect(await outcomeOf(world, id, 'render')).toMatchObject({ attempt: 1 });
    expect(world.render.runs()).toBe(2);
  });
});

describe('a worker that dies while it takes over', () => {
  it.each(['before', 'after'] as const)(
    'B5: %s the copy is followed by another, with the same files and one outcome',
    async (when) => {
      let dies = false;
      const world = createReuseWorld({
        objects: (objects) => ({
          async copyResult(from, to) {
            const isNow = dies;
            dies = false;
            if (isNow && when === 'before') throw new Error('killed');
            const isCopied = await objects.copyResult(from, to);
            if (isNow) throw new Error('killed');
            return isCopied;
          },
        }),
      });
      await sent(world);
      const id = await send(world);
      dies = true;

      await drainFor(world, 30 * MINUTE);

      expect(dies).toBe(false);
      expect(await world.store.find(id)).toMatchObject({ state: 'completed' });
      expect(await outcomeOf(world, id, 'render')).toMatchObject({ attempt: 2, reused: {} });
    },
  );

  it('B4: of two at one message the first outcome stands, whichever way it was come by', async () => {
    const world = createReuseWorld();
    await sent(world);
    const id = await send(world);
    const hold = async (lane: 'light' | 'heavy') => {
      for (const name of ['upload-events', 'light', 'heavy'] as const) {
        if (name === lane) break;
        await drain({
          ...world,
          queue: {
            ...world.queue,
            receive: (queue, max) => (queue === lane ? [] : world.queue.receive(queue, max)),
          },
        });
      }
      return JSON.parse(world.queue.receive(lane)[0]!.body);
    };
    const message = await hold('heavy');

    await Promise.all([
      world.runSteps(message, world.meta()),
      world.runSteps({ ...message, isFresh: true }, world.meta({ attempt: 2, lastAttempt: true })),
    ]);
    const outcome = await outcomeOf(world, id, 'render');
    await world.runSteps(message, world.meta({ attempt: 3 }));

    expect(await outcomeOf(world, id, 'render')).toEqual(outcome);
    expect(bytesOf(world, outcome.files[0]!.key)).toContain(sha256(HELLO));
  });
});
