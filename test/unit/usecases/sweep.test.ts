import { describe, expect, it } from 'vitest';
import { MAX_DRIVES } from '../../../shared/domain/due.ts';
import { RetryableError } from '../../../shared/domain/errors.ts';
import { isLive } from '../../../shared/domain/upload.ts';
import { MINUTE } from '../../support/factories.ts';
import {
  createMemoryWorld,
  drain,
  type MemoryWorld,
  PRINCIPAL,
} from '../../support/memory-world.ts';
import { createProcessingWorld } from '../../support/processing-world.ts';
import { processor } from '../../support/processors.ts';
import { breakableStore, sweepIn } from '../../support/sweeping.ts';

const HOUR = 60 * MINUTE;

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

  it('C18: is not given up by re-drives of the time before its last step ended', async () => {
    const world = await createProcessingWorld({
      processors: [processor('one'), processor('two', { needs: ['one'] })],
    });
    const first = world.message();
    while ((await world.upload()).drives < MAX_DRIVES) {
      emptyQueue(world, 'light');
      world.clock.tick(HOUR);
      await sweepIn(world);
    }
    await world.runSteps(first, world.meta());
    emptyQueue(world, 'light');
    world.clock.tick(HOUR);

    await sweepIn(world);
    await drain(world);

    expect(await world.store.find(world.id)).toMatchObject({ state: 'completed' });
  });

  it('is left alone by a sweep whose time is over', async () => {
    const world = await createProcessingWorld();
    world.clock.tick(21 * MINUTE);
    const row = await world.upload();
    const run = { requestId: 'sweep-1', attempt: 1, logger: world.logs };

    expect(await world.sweep({ ...run, signal: AbortSignal.abort() })).toEqual({
      driven: 0,
      found: 0,
    });

    expect(await world.upload()).toEqual(row);
  });

  it('one that takes for ever keeps nobody else waiting', async () => {
    let goOn = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const slow = new Set<string>();
    const world = createMemoryWorld({
      losesEvents: true,
      store: (store) => ({
        find: async (id) => {
          if (slow.has(id)) await held;
          return store.find(id);
        },
      }),
    });
    slow.add((await world.announce()).id);
    world.put('incoming/acme/lost', 'x');
    world.clock.tick(31 * MINUTE);

    const running = sweepIn(world);
    await expect.poll(() => world.bodies('upload-events')).toHaveLength(1);
    goOn();

    expect(await running).toEqual({ driven: 1, found: 1 });
  });

  it('one that fails does not hold up the others', async () => {
    const { broken, store } = breakableStore();
    const world = createMemoryWorld({ store });
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

  it('A8: is waited for while a slow form that began in time may still come', async () => {
    const world = createMemoryWorld();
    const size = 450_000_000;
    const { status } = await world.createUpload({
      principal: PRINCIPAL,
      declared: { name: 'large.bin', size, type: 'application/octet-stream' },
      requestId: 'request-1',
    });
    // At a megabit a second it takes an hour.
    await sweepFor(world, 1.2);
    expect(await world.store.find(status.id)).toMatchObject({ state: 'awaiting_upload' });

    await sweepFor(world, 1);

    expect(await world.store.find(status.id)).toMatchObject({ state: 'expired' });
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
