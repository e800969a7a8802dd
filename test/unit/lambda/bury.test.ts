import { describe, expect, it } from 'vitest';
import { RetryableError } from '../../../shared/domain/errors.ts';
import { createBuryHandler, queueOfDlq } from '../../../shared/lambda/bury.ts';
import { QUEUES } from '../../../shared/ports/work-queue.ts';
import { invocation, s3Event, s3Record, sqsBatch } from '../../support/envelopes.ts';
import { MINUTE } from '../../support/factories.ts';
import { drainFor, type WorldOptions } from '../../support/memory-world.ts';
import { createProcessingWorld } from '../../support/processing-world.ts';
import { processor } from '../../support/processors.ts';

const arnOf = (queue: string) => `arn:aws:sqs:eu-central-1:000000000000:sluice-dev-${queue}-dlq`;

const setup = async (options: WorldOptions = {}) => {
  const world = await createProcessingWorld(options);
  const handler = createBuryHandler(world.deps);
  const run = async (queue: string, ...bodies: readonly unknown[]) => {
    const event = sqsBatch(bodies, { eventSourceARN: arnOf(queue) });
    const { batchItemFailures } = await handler(event, invocation());
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
  return { ...world, run };
};

describe('queueOfDlq', () => {
  it.each(QUEUES)('finds %s in the address of its dead-letter queue', (queue) => {
    expect(queueOfDlq(arnOf(queue))).toBe(queue);
  });

  it('gives a foreign address back, so that nothing is taken for something else', () => {
    expect(queueOfDlq('arn:aws:sqs:eu-central-1:0:other-dlq')).toBe(
      'arn:aws:sqs:eu-central-1:0:other-dlq',
    );
  });
});

describe('bury', () => {
  it('B7: ends the steps of a dead lane message', async () => {
    const world = await setup();

    expect(await world.run('light', world.message())).toEqual([]);
    expect((await world.upload()).outcomes).toMatchObject({ one: { code: 'crashed' } });
  });

  it('tries a dead finalize message once more', async () => {
    const world = await setup();
    await world.runSteps(world.message(), world.meta());

    await world.run('finalize', { v: 1, kind: 'finalize', uploadId: world.id });

    expect(await world.store.find(world.id)).toMatchObject({ state: 'completed' });
  });

  it('A16: ingests a dead upload event once more', async () => {
    const world = await setup();
    world.put('incoming/acme/late.csv', 'a,b');
    const { versionId, eTag, sequencer } = world.objects.versions('incoming/acme/late.csv')[0]!;
    const record = s3Record({ key: 'incoming/acme/late.csv', versionId, eTag, sequencer });

    expect(await world.run('upload-events', s3Event(record))).toEqual([]);
    expect(world.store.uploads()).toHaveLength(2);
  });

  it('B10: keeps poison of every queue and lets its neighbours through', async () => {
    const world = await setup();

    for (const queue of QUEUES) expect(await world.run(queue, `poison of ${queue}`)).toEqual([]);

    // Each message of this test has the same id, so the last letter is the one that stands.
    expect(world.letters.all()).toMatchObject([{ body: 'poison of webhooks' }]);
    expect(await world.run('light', 'poison', world.message())).toEqual([]);
    expect((await world.upload()).outcomes).toMatchObject({ one: { code: 'crashed' } });
  });

  it('leaves a message in its queue while it cannot be buried, and hides nothing', async () => {
    const world = await setup({
      store: (store) => ({
        find: store.find,
        recordOutcomes: async () => {
          throw new RetryableError('store_unavailable');
        },
      }),
    });

    expect(await world.run('light', world.message())).toEqual(['message-1']);
  });
});

describe('the way of a message that kills its worker', () => {
  it('B10: is five deliveries, the dead letters, a clear end of its upload', async () => {
    const killer = processor('one', {
      run: () => {
        throw new RetryableError('internal');
      },
    });
    const world = await createProcessingWorld({ processors: [killer] });

    await drainFor(world, 60 * MINUTE);

    expect(killer.runs()).toBe(5);
    expect(await world.store.find(world.id)).toMatchObject({
      state: 'failed',
      outcomes: { one: { code: 'internal', attempt: 5 } },
    });
  });

  it('B10: of poison is five deliveries, then a readable letter, and an empty queue', async () => {
    const world = await createProcessingWorld();
    world.queue.deliver('light', 'poison');

    await drainFor(world, 24 * 60 * MINUTE);

    expect(world.letters.all()).toMatchObject([
      { queue: 'light', body: 'poison', code: 'invalid_message' },
    ]);
    expect(world.queue.messages('light')).toEqual([]);
    expect(world.queue.messages('light-dlq')).toEqual([]);
    expect(world.queue.messages('unburied')).toEqual([]);
    expect(await world.store.find(world.id)).toMatchObject({ state: 'completed' });
  });

  it('B20: outlives ten minutes without storage: nothing is lost, nothing is dead', async () => {
    let isDown = true;
    const world = await createProcessingWorld({
      objects: (objects) => ({
        open: async (object, options) => {
          if (isDown) throw new RetryableError('storage_unavailable');
          return objects.open(object, options);
        },
      }),
    });
    await drainFor(world, 10 * MINUTE);
    isDown = false;

    await drainFor(world, 60 * MINUTE);

    expect(await world.store.find(world.id)).toMatchObject({ state: 'completed' });
    expect(world.letters.all()).toEqual([]);
  });
});
