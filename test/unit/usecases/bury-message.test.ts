import { describe, expect, it } from 'vitest';
import { RetryableError } from '../../../shared/domain/errors.ts';
import { transition } from '../../../shared/domain/transition.ts';
import { createIngestBody } from '../../../shared/lambda/ingest-body.ts';
import { createBuryMessage } from '../../../shared/usecases/bury-message.ts';
import { s3Event, s3Record } from '../../support/envelopes.ts';
import { MINUTE } from '../../support/factories.ts';
import type { WorldOptions } from '../../support/memory-world.ts';
import { createProcessingWorld } from '../../support/processing-world.ts';

const setup = async (options: WorldOptions = {}) => {
  const world = await createProcessingWorld(options);
  const buryMessage = createBuryMessage({
    ...world.deps,
    finalizeUpload: world.finalizeUpload,
    ingestBody: createIngestBody(world),
  });
  const bury = (queue: string, body: unknown, messageId = 'dead-1') =>
    buryMessage(
      { messageId, queue, body: typeof body === 'string' ? body : JSON.stringify(body) },
      world.meta(),
    );
  return { ...world, bury };
};

describe('a dead lane message', () => {
  it('B7: ends its steps as crashed, keeps itself readable and lets the upload end', async () => {
    const world = await setup();
    const message = world.message();

    await world.bury('light', message);

    expect((await world.upload()).outcomes).toMatchObject({
      one: { state: 'failed', code: 'crashed' },
      two: { state: 'failed', code: 'crashed' },
    });
    expect(world.letters.all()).toEqual([
      {
        messageId: 'dead-1',
        queue: 'light',
        body: JSON.stringify(message),
        fingerprint: 'light.crashed',
        code: 'crashed',
        message: 'The worker died at this step as often as it was tried.',
        uploadId: world.id,
        buriedAt: world.clock.now(),
      },
    ]);
    expect(world.bodies('finalize')).toMatchObject([{ uploadId: world.id }]);
  });

  it('ends only steps that have no outcome yet', async () => {
    const world = await setup();
    const message = world.message();
    await world.runSteps({ ...message, steps: ['one'] }, world.meta());

    await world.bury('light', message);

    expect((await world.upload()).outcomes).toMatchObject({
      one: { state: 'succeeded' },
      two: { state: 'failed', code: 'crashed' },
    });
  });

  it('B16: of an upload that has ended changes nothing of it', async () => {
    const world = await setup();
    const message = world.message();
    await world.runSteps(message, world.meta());
    await world.finalizeUpload({ v: 1, kind: 'finalize', uploadId: world.id }, world.meta());
    const row = await world.store.find(world.id);

    await world.bury('light', message);

    expect(await world.store.find(world.id)).toEqual(row);
    expect(world.letters.all()).toHaveLength(1);
  });

  it('E23: of an upload that was deleted is not kept', async () => {
    const world = await setup();
    const message = world.message();
    await world.deleteUpload({ tenant: message.tenant, owner: 'ann' }, world.id, 'request-1');

    await world.bury('light', message);

    expect(world.letters.all()).toEqual([]);
  });

  it('C3: tells of the end of an upload that was deleted since: who ended it may have died before it told', async () => {
    const world = await setup();
    const message = world.message();
    const row = await world.upload();
    const moment = { at: world.clock.now(), cause: { requestId: 'worker-5', attempt: 5 } };
    const ended = transition(row, { type: 'cancelled' }, moment);
    if ('next' in ended) await world.store.put(ended.next);
    await world.deleteUpload({ tenant: message.tenant, owner: 'ann' }, world.id, 'request-1');

    await world.bury('light', message);

    expect(world.bodies('finalize')).toMatchObject([{ uploadId: world.id, generation: 1 }]);
    expect(world.letters.all()).toEqual([]);
  });

  it('twice is kept once and decided once', async () => {
    const world = await setup();

    await world.bury('light', world.message());
    const { outcomes } = await world.upload();
    world.clock.tick(MINUTE);
    await world.bury('light', world.message());

    expect(world.letters.all()).toHaveLength(1);
    expect((await world.upload()).outcomes).toEqual(outcomes);
  });

  it('stays in its queue when the store cannot be written, and is buried later', async () => {
    let mustFail = true;
    const world = await setup({
      store: (store) => ({
        recordOutcomes: async (recorded) => {
          if (mustFail) throw new RetryableError('store_unavailable');
          return store.recordOutcomes(recorded);
        },
      }),
    });
    await expect(world.bury('light', world.message())).rejects.toMatchObject({ retryable: true });
    mustFail = false;

    await world.bury('light', world.message());

    expect(world.bodies('finalize')).toHaveLength(1);
  });
});

describe('a dead finalize message', () => {
  it('is tried here once more', async () => {
    const world = await setup();
    await world.runSteps(world.message(), world.meta());

    await world.bury('finalize', { v: 1, kind: 'finalize', uploadId: world.id });

    expect(await world.store.find(world.id)).toMatchObject({ state: 'completed' });
    expect(world.letters.all()).toEqual([]);
  });
});

describe('a dead message of a deletion', () => {
  it.each(['deletion', 'abandoned'])(
    'B7: of kind %s is sent once more, and never given up',
    async (kind) => {
      const world = await setup();
      const message = { v: 1, kind, uploadId: world.id };

      await world.bury('deletions', message);

      expect(world.bodies('deletions')).toEqual([message]);
      expect(world.letters.all()).toEqual([]);
    },
  );
});

describe('a dead message to a webhook', () => {
  it('B7: is put off to the sweep, and not kept', async () => {
    const deferred: unknown[] = [];
    const world = await setup();
    const buryMessage = createBuryMessage({
      ...world.deps,
      finalizeUpload: world.finalizeUpload,
      ingestBody: createIngestBody(world),
      deferWebhook: async (message) => void deferred.push(message),
    });
    const message = {
      ...{ v: 1, kind: 'webhook', tenant: 'acme' },
      ...{ webhookId: 'wh_1', deliveryId: 'msg_1', turn: 2 },
    };
    const body = JSON.stringify(message);

    await buryMessage({ messageId: 'dead-1', queue: 'webhooks', body }, world.meta());

    expect(deferred).toEqual([message]);
    expect(world.letters.all()).toEqual([]);
  });
});

describe('a dead upload event', () => {
  it('A16: is ingested here once more, after hours of trouble', async () => {
    const world = await setup();
    world.put('incoming/acme/late.csv', 'a,b');
    const [record] = world.queue.receive('upload-events');

    await world.bury('upload-events', record!.body);

    expect(world.store.uploads()).toHaveLength(2);
    expect(world.letters.all()).toEqual([]);
  });

  it.each([
    ['B10: that is not JSON', 'not json', 'invalid_event'],
    ['B10: of a foreign shape', { hello: 'world' }, 'invalid_event'],
    [
      'A14: of a major version to come',
      s3Event(s3Record({ eventVersion: '3.0' })),
      'invalid_event',
    ],
    [
      'A11: with an undecodable key',
      s3Event(s3Record({ key: 'incoming/acme/%zz' })),
      'invalid_event',
    ],
  ])('%s is kept with its code', async (_name, body, code) => {
    const world = await setup();

    await world.bury('upload-events', body);

    expect(world.letters.all()).toMatchObject([
      { code, fingerprint: `upload-events.${code}`, queue: 'upload-events' },
    ]);
  });

  it('A16: stays in its queue while the trouble lasts', async () => {
    let isDown = false;
    const world = await setup({
      objects: (objects) => ({
        peek: async (pointer, bytes) => {
          if (isDown) throw new RetryableError('storage_unavailable');
          return objects.peek(pointer, bytes);
        },
      }),
    });
    isDown = true;

    const buried = world.bury('upload-events', s3Event(s3Record()));

    await expect(buried).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(world.letters.all()).toEqual([]);
  });
});

describe('a message that nobody understands', () => {
  it.each([
    ['B10', 'light', 'not json'],
    ['B10', 'heavy', { v: 1, kind: 'steps' }],
    ['B22', 'light', { v: 2, kind: 'steps', uploadId: 'upl_x' }],
    ['B10', 'finalize', { v: 1, kind: 'finalize' }],
    ['B10', 'notifications', { hello: 'world' }],
    ['B10', 'deletions', { v: 1, kind: 'deletion' }],
    ['B10', 'webhooks', { v: 1, kind: 'webhook', tenant: 'acme' }],
    ['B10', 'arn:aws:sqs:eu-central-1:0:foreign', 'hello'],
  ])('%s: in %s is kept as invalid_message with its body', async (_row, queue, body) => {
    const world = await setup();

    await world.bury(queue, body);

    expect(world.letters.all()).toMatchObject([
      {
        code: 'invalid_message',
        queue,
        body: typeof body === 'string' ? body : JSON.stringify(body),
      },
    ]);
  });
});
