import { describe, expect, it } from 'vitest';
import { idOfObject } from '../../../shared/adapters/object-id.ts';
import { MAX_DRIVES } from '../../../shared/domain/due.ts';
import { RetryableError } from '../../../shared/domain/errors.ts';
import { isLive } from '../../../shared/domain/upload.ts';
import { MINUTE, UPLOADS_BUCKET } from '../../support/factories.ts';
import {
  createMemoryWorld,
  drain,
  type MemoryWorld,
  type WorldOptions,
} from '../../support/memory-world.ts';
import { createProcessingWorld } from '../../support/processing-world.ts';

const HOUR = 60 * MINUTE;

const sweepIn = (
  world: Pick<MemoryWorld, 'sweep' | 'logs'>,
  signal = new AbortController().signal,
) => world.sweep({ requestId: 'sweep-1', attempt: 1, signal, logger: world.logs });

const emptyQueue = (world: MemoryWorld, name: 'light' | 'upload-events' | 'finalize'): void => {
  for (const { receiptHandle } of world.queue.receive(name))
    world.queue.remove(name, receiptHandle);
};

/** Sweeps every ten minutes and lets everything run, until nothing is live or `hours` have passed. */
const sweepFor = async (world: MemoryWorld, hours: number): Promise<void> => {
  const until = world.clock.now() + hours * HOUR;
  while (world.clock.now() < until && world.store.uploads().some(isLive)) {
    world.clock.tick(10 * MINUTE);
    await sweepIn(world);
    await drain(world);
  }
};

describe('an upload that is overdue', () => {
  it('B18: gets the messages of its open steps again, from its row, though every queue is empty', async () => {
    const world = await createProcessingWorld();
    emptyQueue(world, 'light');
    world.clock.tick(21 * MINUTE);

    const report = await sweepIn(world);

    expect(report).toEqual({ driven: 1, found: 0 });
    expect(world.bodies('light')).toMatchObject([{ uploadId: world.id, steps: ['one', 'two'] }]);
    expect(await world.upload()).toMatchObject({ drives: 1 });
  });

  it('C2: is finalized when its last worker died before it asked for the end', async () => {
    const world = await createProcessingWorld();
    await world.runSteps(world.message(), world.meta());
    emptyQueue(world, 'finalize');
    emptyQueue(world, 'light');
    world.clock.tick(21 * MINUTE);

    await sweepIn(world);
    await drain(world);

    expect(await world.store.find(world.id)).toMatchObject({ state: 'completed' });
  });

  it('is left alone before its time', async () => {
    const world = await createProcessingWorld();
    world.clock.tick(19 * MINUTE);

    expect(await sweepIn(world)).toMatchObject({ driven: 0 });
  });

  it('C18: is sent on once by two sweeps at one instant', async () => {
    const world = await createProcessingWorld();
    emptyQueue(world, 'light');
    world.clock.tick(21 * MINUTE);

    const reports = await Promise.all([
      world.sweep({
        requestId: 's1',
        attempt: 1,
        signal: new AbortController().signal,
        logger: world.logs,
      }),
      world.sweep({
        requestId: 's2',
        attempt: 1,
        signal: new AbortController().signal,
        logger: world.logs,
      }),
    ]);

    expect(reports.map(({ driven }) => driven).sort()).toEqual([0, 1]);
    expect(world.bodies('light')).toHaveLength(1);
    expect(await world.upload()).toMatchObject({ drives: 1 });
  });

  it('C18: is due again when the sweep dies between its claim and its sending', async () => {
    let mustFail = false;
    const world = await createProcessingWorld({
      queue: (queue) => ({
        send: async (name, messages) => {
          if (mustFail) throw new RetryableError('queue_unavailable');
          await queue.send(name, messages);
        },
      }),
    });
    emptyQueue(world, 'light');
    world.clock.tick(21 * MINUTE);
    mustFail = true;
    await expect(sweepIn(world)).rejects.toThrow(AggregateError);
    mustFail = false;

    world.clock.tick(50 * MINUTE);
    await sweepIn(world);

    expect(world.bodies('light')).toHaveLength(1);
  });

  it('C18: ends as stuck after a bounded time when every message is lost for ever', async () => {
    const world = await createProcessingWorld({
      queue: (queue) => ({
        send: async (name, messages) => {
          if (name !== 'light') await queue.send(name, messages);
        },
      }),
    });

    await sweepFor(world, 72);

    const upload = (await world.store.find(world.id))!;
    expect(upload).toMatchObject({ state: 'failed', failure: { code: 'stuck' } });
    const drives = upload.timeline.filter(({ event }) => event === 'driven');
    expect(drives.length).toBeLessThanOrEqual(MAX_DRIVES + 2);
  });

  it('one that fails does not hold up the others', async () => {
    const broken = new Set<string>();
    const world = createMemoryWorld({
      store: (store) => ({
        find: async (id) => {
          if (broken.has(id)) throw new RetryableError('store_unavailable');
          return store.find(id);
        },
      }),
    });
    const ids = await Promise.all(
      Array.from({ length: 8 }, async () => (await world.announce()).id),
    );
    broken.add(ids[3]!);
    world.clock.tick(31 * MINUTE);

    await expect(sweepIn(world)).rejects.toThrow('Part of the sweep failed.');

    expect(world.bodies('finalize')).toHaveLength(7);
  });
});

describe('an upload that awaits its object', () => {
  it('A8: expires when nothing came', async () => {
    const world = createMemoryWorld();
    const { id } = await world.announce();

    await sweepFor(world, 1);

    expect(await world.store.find(id)).toMatchObject({ state: 'expired' });
  });

  it('A7: is started when its event was lost, once, even if the event comes after all', async () => {
    const world = createMemoryWorld({ losesEvents: true });
    const { id, submit } = await world.announce();
    submit();

    await sweepFor(world, 2);
    const key = `incoming/acme/${id}`;
    const { bucket, versionId, eTag, sequencer } = world.objects.versions(key)[0]!;
    const late = await world.ingestObject(
      { bucket, key, versionId, eTag, sequencer },
      world.meta(),
    );
    await drain(world);

    expect(late).toEqual({ kind: 'ignored', reason: 'duplicate' });
    expect(await world.store.find(id)).toMatchObject({ state: 'completed', generation: 1 });
  });
});

describe('reconciling the bucket', () => {
  const setup = (options: WorldOptions = {}) =>
    createMemoryWorld({ losesEvents: true, ...options });
  const idOf = (key: string) => idOfObject(UPLOADS_BUCKET, key);

  it('A17: announces objects that nobody announced, and all of them end', async () => {
    const world = setup();
    const keys = ['a', 'b', 'c'].map((name) => `incoming/acme/${name}`);
    for (const key of keys) world.put(key, 'hello');
    world.clock.tick(16 * MINUTE);

    const report = await sweepIn(world);
    await drain(world);

    expect(report).toEqual({ driven: 0, found: 3 });
    for (const key of keys) {
      expect(await world.store.find(idOf(key))).toMatchObject({ state: 'completed' });
    }
  });

  it('A17: announces a newer version whose event was lost', async () => {
    const world = setup();
    const key = 'incoming/acme/a';
    world.put(key, 'old');
    world.clock.tick(16 * MINUTE);
    await sweepIn(world);
    await drain(world);
    world.put(key, 'newer');
    world.clock.tick(16 * MINUTE);

    await sweepIn(world);
    await drain(world);

    expect(await world.store.find(idOf(key))).toMatchObject({
      generation: 2,
      state: 'completed',
      object: { size: 5 },
    });
  });

  it('leaves young objects to their event, and what was looked at before to rest', async () => {
    const world = setup();
    world.put('incoming/acme/young', 'hello');
    expect(await sweepIn(world)).toMatchObject({ found: 0 });

    world.clock.tick(16 * MINUTE);
    await sweepIn(world);
    await drain(world);

    expect(await sweepIn(world)).toMatchObject({ found: 0 });
  });

  it('A15: never announces what is not ours', async () => {
    const world = setup();
    world.put('incoming/no-tenant', 'hello');
    world.clock.tick(16 * MINUTE);

    expect(await sweepIn(world)).toMatchObject({ found: 0 });
  });

  it('A17: announces what lies under the id of an upload of another tenant', async () => {
    const world = setup();
    const { id } = await world.announce();
    const key = `incoming/mallory/${id}`;
    world.put(key, 'hello');
    world.clock.tick(16 * MINUTE);

    await sweepIn(world);
    await drain(world);

    expect(await world.store.find(idOf(key))).toMatchObject({
      tenant: 'mallory',
      state: 'completed',
    });
  });

  it('does a bounded part of a large bucket per run and goes on from there', async () => {
    const world = setup();
    for (let index = 0; index < 1500; index += 1) {
      world.put(`incoming/acme/${String(index).padStart(5, '0')}`, 'x');
    }
    world.clock.tick(16 * MINUTE);

    const reports = [await sweepIn(world), await sweepIn(world), await sweepIn(world)];

    expect(reports.map(({ found }) => found)).toEqual([1000, 500, 1000]);
  });

  it('stops in time and looks at the same part again in the next run', async () => {
    const outOfTime = new AbortController();
    const world = setup({
      queue: (queue) => ({
        send: async (name, messages) => {
          await queue.send(name, messages);
          outOfTime.abort();
        },
      }),
    });
    world.put('incoming/acme/a', 'x');
    world.put('incoming/acme/b', 'x');
    world.clock.tick(16 * MINUTE);

    expect(await sweepIn(world, outOfTime.signal)).toMatchObject({ found: 1 });
    expect(await sweepIn(world)).toMatchObject({ found: 2 });
  });
});
