import { describe, expect, it } from 'vitest';
import { RetryableError } from '../../../shared/domain/errors.ts';
import { createIngestBody } from '../../../shared/lambda/ingest-body.ts';
import { createBuryMessage } from '../../../shared/usecases/bury-message.ts';
import { s3Event, s3Record } from '../../support/envelopes.ts';
import { drain } from '../../support/memory-world.ts';
import { processor } from '../../support/processors.ts';
import { createRedriveWorld, letter } from '../../support/redrive-world.ts';

describe('redrive', () => {
  it('B17: leaves what has completed alone, also when it is told to process once more', async () => {
    const world = await createRedriveWorld({ processors: [processor('one')] });
    await drain(world);
    await world.keep(world.own());
    const row = await world.store.find(world.id);
    expect(row).toMatchObject({ state: 'completed' });

    const report = await world.redrive({ reprocess: true });

    expect(report.letters).toMatchObject([
      { action: 'leave', because: 'The upload has ended as completed.' },
    ]);
    expect(await world.store.find(world.id)).toEqual(row);
    expect(world.kept()).toEqual(['dead-1']);
  });

  it('leaves what comes from no queue of ours', async () => {
    const world = await createRedriveWorld();
    await world.keep(world.own({ queue: 'arn:aws:sqs:eu-central-1:0:foreign' }));

    expect((await world.redrive()).letters).toMatchObject([
      { action: 'leave', because: 'It does not come from a queue of ours.' },
    ]);
    expect(world.kept()).toEqual(['dead-1']);
  });

  it('hides no fault of ours behind a report', async () => {
    const list = async () => Promise.reject(new TypeError('a fault'));
    const world = await createRedriveWorld({
      redriver: { letters: { list, keep: async () => undefined, forget: async () => undefined } },
    });

    await expect(world.redrive()).rejects.toThrow('a fault');
  });

  it('sends a lane letter of a live upload to its lane again and forgets it', async () => {
    const world = await createRedriveWorld();
    await world.keep(world.own());

    const report = await world.redrive();

    expect(report).toMatchObject({ done: true, letters: [{ action: 'send', uploadId: world.id }] });
    expect(world.bodies('light')).toEqual([world.message(), world.message()]);
    expect(world.kept()).toEqual([]);
  });

  it.each([
    ['upload-events', s3Event(s3Record())],
    ['finalize', { v: 1, kind: 'finalize', uploadId: 'upl_1' }],
    [
      'notifications',
      {
        v: 1,
        kind: 'upload.ended',
        id: 'upl_1.1',
        uploadId: 'upl_1',
        tenant: 'acme',
        owner: 'ann',
        generation: 1,
        state: 'completed',
        endedAt: '2026-01-01T00:00:00.000Z',
      },
    ],
    ['deletions', { v: 1, kind: 'deletion', uploadId: 'upl_1' }],
    [
      'webhooks',
      { v: 1, kind: 'webhook', tenant: 'acme', webhookId: 'wh_1', deliveryId: 'dlv_1', turn: 0 },
    ],
  ] as const)('sends a letter of %s to its queue again, as it was', async (queue, body) => {
    const world = await createRedriveWorld();
    await world.keep(letter({ queue, body: JSON.stringify(body) }));

    await world.redrive();

    expect(world.bodies(queue)).toEqual([body]);
    expect(world.kept()).toEqual([]);
  });

  it('keeps the letter when the send fails, and says what stopped it', async () => {
    let isDown = false;
    const world = await createRedriveWorld({
      queue: (queue) => ({
        send: (...sent) =>
          isDown ? Promise.reject(new RetryableError('queue_unavailable')) : queue.send(...sent),
      }),
    });
    await world.keep(world.own());
    isDown = true;

    const report = await world.redrive();

    expect(report).toMatchObject({
      done: false,
      letters: [],
      stoppedBy: { code: 'queue_unavailable' },
    });
    expect(world.kept()).toEqual(['dead-1']);
  });

  it('B16: leaves a lane letter of an upload that has ended, and says so', async () => {
    const world = await createRedriveWorld();
    await world.fail();
    await world.keep(world.own());
    const row = await world.store.find(world.id);

    const report = await world.redrive();

    expect(report.letters).toMatchObject([
      { action: 'leave', because: expect.stringContaining('ended as failed') },
    ]);
    expect(world.bodies('light')).toEqual([]);
    expect(world.kept()).toEqual(['dead-1']);
    expect(await world.store.find(world.id)).toEqual(row);
  });

  it('B17: processes a failed upload once more when told to, for all its letters only once', async () => {
    const world = await createRedriveWorld();
    await world.fail();
    await world.keep(world.own(), world.own({ messageId: 'dead-2' }));

    const report = await world.redrive({ reprocess: true });
    await drain(world);

    expect(report.letters.map(({ action }) => action)).toEqual(['reprocess', 'leave']);
    expect(await world.store.find(world.id)).toMatchObject({ state: 'completed', generation: 2 });
    expect(world.kept()).toEqual(['dead-2']);
  });

  it.each([
    ['of another generation', { generation: 7 }, 'generation 7'],
    ['of an unknown upload', { uploadId: 'upl_gone' }, 'no such upload'],
    ['of another version', { v: 2 as 1 }, 'does not understand'],
  ])('leaves a lane letter %s', async (_, change, because) => {
    const world = await createRedriveWorld();
    await world.keep(world.own({ body: JSON.stringify({ ...world.message(), ...change }) }));

    const report = await world.redrive({ reprocess: true });

    expect(report.letters).toMatchObject([
      { action: 'leave', because: expect.stringContaining(because) },
    ]);
    expect(world.kept()).toEqual(['dead-1']);
  });

  it.each([
    ['light', 'not json'],
    ['upload-events', '[1]'],
    ['finalize', '{}'],
    ['notifications', '{"v":1}'],
    ['arn:aws:sqs:eu-central-1:0:other-dlq', '{}'],
  ])('leaves what nobody could work: %s %s', async (queue, body) => {
    const world = await createRedriveWorld();
    await world.keep(letter({ queue, body }));

    const report = await world.redrive();

    expect(report).toMatchObject({ done: true, letters: [{ action: 'leave' }] });
    expect(world.kept()).toEqual(['dead-1']);
  });

  it('changes nothing in a dry run, and tells what it would do', async () => {
    const world = await createRedriveWorld();
    await world.keep(world.own(), letter({ messageId: 'dead-2', body: 'no' }));
    const before = world.bodies('light').length;

    const report = await world.redrive({ dryRun: true });

    expect(report).toMatchObject({
      dryRun: true,
      letters: [{ action: 'send' }, { action: 'leave' }],
    });
    expect(world.bodies('light')).toHaveLength(before);
    expect(world.kept()).toEqual(['dead-1', 'dead-2']);
  });

  it('takes only letters of the upload, also those that do not say whose they are', async () => {
    const world = await createRedriveWorld();
    const finalize = { v: 1, kind: 'finalize', uploadId: world.id };
    await world.keep(
      world.own(),
      letter({ messageId: 'dead-2', queue: 'finalize', body: JSON.stringify(finalize) }),
      letter({ messageId: 'dead-3' }),
    );

    const { letters } = await world.redrive({
      fingerprint: undefined,
      uploadId: world.id,
      dryRun: true,
    });

    expect(letters.map(({ messageId }) => messageId)).toEqual(['dead-1', 'dead-2']);
  });

  it('sends no more a second than it is told', async () => {
    const times: number[] = [];
    let now = () => 0;
    const world = await createRedriveWorld({
      queue: (queue) => ({
        send: (...sent) => {
          times.push(now());
          return queue.send(...sent);
        },
      }),
    });
    now = world.clock.now;
    await world.keep(...[1, 2, 3].map((n) => world.own({ messageId: `dead-${n}` })));
    times.length = 0;
    const start = world.clock.now();

    const running = world.redrive({ perSecond: 2 });
    await world.clock.advance(2_000);
    await running;

    expect(times.map((at) => at - start)).toEqual([0, 500, 1_000]);
  });

  it('stops at the deadline, keeps what is left, and goes on from there', async () => {
    const world = await createRedriveWorld();
    await world.keep(
      ...Array.from({ length: 15 }, (_, n) => world.own({ messageId: `dead-${100 + n}` })),
    );

    const running = world.redrive({ perSecond: 1 });
    await world.clock.advance(10_500);
    world.stop.abort();
    const report = await running;

    expect(report).toMatchObject({ done: false, cursor: expect.any(String) });
    expect(report.letters).toHaveLength(11);
    expect(world.kept()).toHaveLength(4);
  });
});

describe('a letter of a lane whose upload is still at work in another', () => {
  it('B17: is kept until the upload has ended, and then processes it once more', async () => {
    const world = await createRedriveWorld({
      processors: [processor('one'), processor('two', { lane: 'heavy' })],
    });
    const bury = createBuryMessage({
      ...world.deps,
      finalizeUpload: world.finalizeUpload,
      ingestBody: createIngestBody(world),
    });
    const [light] = world.queue.receive('light');
    world.queue.remove('light', light!.receiptHandle);
    await bury({ messageId: 'dead-1', queue: 'light', body: light!.body }, world.meta());

    const early = await world.redrive({ reprocess: true });
    expect(early.letters).toMatchObject([
      { action: 'leave', because: expect.stringContaining('Ask again once it has') },
    ]);
    expect(world.kept()).toEqual(['dead-1']);
    await drain(world);
    expect(await world.store.find(world.id)).toMatchObject({ failure: { code: 'crashed' } });

    const late = await world.redrive({ reprocess: true });
    await drain(world);

    expect(late.letters).toMatchObject([{ action: 'reprocess' }]);
    expect(await world.store.find(world.id)).toMatchObject({ state: 'completed', generation: 2 });
    expect(world.kept()).toEqual([]);
  });
});

describe('a redriven message', () => {
  it('B16: of a terminal upload changes nothing', async () => {
    const world = await createRedriveWorld();
    const bury = createBuryMessage({
      ...world.deps,
      finalizeUpload: world.finalizeUpload,
      ingestBody: createIngestBody(world),
    });
    const body = JSON.stringify(world.message());
    await bury({ messageId: 'dead-1', queue: 'light', body }, world.meta());
    await drain(world);
    const row = await world.store.find(world.id);
    expect(row).toMatchObject({ state: 'failed', failure: { code: 'crashed' } });

    world.queue.deliver('light', body);
    world.queue.deliver('finalize', JSON.stringify({ v: 1, kind: 'finalize', uploadId: world.id }));
    await drain(world);

    expect(await world.store.find(world.id)).toEqual(row);
    const ids = world.bodies('notifications').map((told) => (told as { id: string }).id);
    expect(new Set(ids)).toEqual(new Set([`${world.id}.1`]));
  });
});
