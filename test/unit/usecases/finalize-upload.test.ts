import { describe, expect, it } from 'vitest';
import { notification } from '../../../shared/contracts/messages.ts';
import { MAX_DRIVES } from '../../../shared/domain/due.ts';
import { NonRetryableError, RetryableError } from '../../../shared/domain/errors.ts';
import { MINUTE } from '../../support/factories.ts';
import { createMemoryWorld, type WorldOptions } from '../../support/memory-world.ts';
import { createProcessingWorld } from '../../support/processing-world.ts';
import { processor } from '../../support/processors.ts';

/** An upload whose steps have all ended. */
const setup = async (options: WorldOptions = {}) => {
  const world = await createProcessingWorld(options);
  await world.runSteps(world.message(), world.meta());
  const finalize = (requestId = 'request-1') =>
    world.finalizeUpload({ v: 1, kind: 'finalize', uploadId: world.id }, world.meta({ requestId }));
  return {
    ...world,
    finalize,
    row: () => world.memory.store.find(world.id),
    manifestKey: `results/${world.id}/1/manifest.json`,
  };
};

/** Lets `name` of the notifications queue fail so often before it works. */
const failingSends = (failures: number): Pick<WorldOptions, 'queue'> => {
  let left = failures;
  return {
    queue: (queue) => ({
      send: async (name, messages) => {
        if (name === 'notifications' && left > 0) {
          left -= 1;
          throw new RetryableError('queue_unavailable');
        }
        await queue.send(name, messages);
      },
    }),
  };
};

describe('the end of a complete set', () => {
  it('is one terminal row, one manifest, the status and a notification', async () => {
    const world = await setup();

    await world.finalize();

    expect(await world.row()).toMatchObject({ state: 'completed', generation: 1 });
    const manifest = world.objects.results().get(world.manifestKey)!;
    expect(JSON.parse(String(Buffer.from(manifest.bytes)))).toMatchObject({
      v: 1,
      uploadId: world.id,
      state: 'completed',
      object: { versionId: world.versionId },
      steps: [{ name: 'one' }, { name: 'two' }],
    });
    expect(world.board.documents()[0]?.status).toMatchObject({ state: 'completed', progress: 100 });
    expect(notification.parse(world.bodies('notifications')[0])).toMatchObject({
      id: `${world.id}.1`,
      state: 'completed',
      tenant: 'acme',
      owner: 'ann',
    });
  });

  it('is failed, with the step and its code, when a step failed', async () => {
    const one = processor('one', {
      run: async () => {
        throw new NonRetryableError('corrupt');
      },
    });
    const world = await setup({ processors: [one, processor('two')] });

    await world.finalize();

    expect(await world.row()).toMatchObject({
      state: 'failed',
      failure: { code: 'corrupt', step: 'one' },
    });
  });

  it('C1: two at one instant end it once; the other comes back and only tells it again', async () => {
    const world = await setup();

    const results = await Promise.allSettled([world.finalize('first'), world.finalize('second')]);
    const row = await world.row();
    await world.finalize('second');

    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await world.row()).toEqual(row);
    const ids = world.bodies('notifications').map((body) => notification.parse(body).id);
    expect(new Set(ids)).toEqual(new Set([`${world.id}.1`]));
  });

  it('C1: two at one instant write the same manifest', async () => {
    const bodies: string[] = [];
    const world = await setup({
      objects: (objects) => ({
        putResult: async (key, body, type) => {
          bodies.push(String(Buffer.from(body)));
          await objects.putResult(key, body, type);
        },
      }),
    });

    await Promise.allSettled([world.finalize('first'), world.finalize('second')]);

    expect(bodies).toHaveLength(2);
    expect(bodies[0]).toBe(bodies[1]);
  });

  it('C3: after a crash between the row and the notification is told by the next delivery, under the same id', async () => {
    const world = await setup(failingSends(1));
    await expect(world.finalize()).rejects.toMatchObject({ code: 'queue_unavailable' });
    const row = await world.row();
    expect(row?.state).toBe('completed');
    expect(world.bodies('notifications')).toEqual([]);

    await world.finalize();

    expect(world.bodies('notifications')).toMatchObject([{ id: `${world.id}.1` }]);
    expect(await world.row()).toEqual(row);
  });

  it('C3: after a crash between the manifest and the row writes the same manifest again', async () => {
    let mustFail = true;
    const world = await setup({
      store: (store) => ({
        put: async (upload) => {
          if (mustFail && upload.state === 'completed') {
            mustFail = false;
            throw new RetryableError('store_unavailable');
          }
          return store.put(upload);
        },
      }),
    });
    await expect(world.finalize()).rejects.toMatchObject({ code: 'store_unavailable' });
    const before = world.objects.results().get(world.manifestKey)!;

    await world.finalize();

    const after = world.objects.results().get(world.manifestKey)!;
    expect(Buffer.from(after.bytes).equals(Buffer.from(before.bytes))).toBe(true);
    expect(await world.row()).toMatchObject({ state: 'completed' });
  });

  it('C6: whose answer was lost after the write is found written', async () => {
    let isLost = false;
    const world = await setup({
      store: (store) => ({
        put: async (upload) => {
          const answer = await store.put(upload);
          if (isLost || upload.state !== 'completed') return answer;
          isLost = true;
          throw new RetryableError('store_unavailable');
        },
      }),
    });
    await expect(world.finalize()).rejects.toThrow();
    const row = await world.row();

    await world.finalize();

    expect(await world.row()).toEqual(row);
    expect(world.bodies('notifications')).toHaveLength(1);
  });

  it('C4: a late duplicate long after the end changes nothing', async () => {
    const world = await setup();
    await world.finalize();
    const row = await world.row();
    world.clock.tick(60 * MINUTE);

    await world.finalize('late');

    expect(await world.row()).toEqual(row);
  });

  it('C13: does not need the board', async () => {
    const world = await setup();
    world.board.silence(true);

    await world.finalize();

    expect(await world.row()).toMatchObject({ state: 'completed' });
  });
});

describe('a set that is not complete', () => {
  it('B15: is left alone by an early finalize message', async () => {
    const world = await createProcessingWorld();

    await world.finalizeUpload({ v: 1, kind: 'finalize', uploadId: world.id }, world.meta());

    expect((await world.upload()).outcomes).toEqual({});
    expect(world.objects.results().size).toBe(0);
  });

  it('C18: is given up as stuck once it was driven too often', async () => {
    const world = await createProcessingWorld();
    const upload = await world.upload();
    await world.store.put({ ...upload, rev: upload.rev + 1, drives: MAX_DRIVES + 1 });
    const message = { v: 1, kind: 'finalize', uploadId: world.id } as const;

    await world.finalizeUpload(message, world.meta());
    await world.finalizeUpload(message, world.meta());

    expect(await world.store.find(world.id)).toMatchObject({
      state: 'failed',
      failure: { code: 'stuck', step: 'one' },
      outcomes: { one: { code: 'stuck' }, two: { code: 'stuck' } },
    });
  });
});

describe('an upload that awaits its object', () => {
  const setupAwaiting = async (options: WorldOptions = {}) => {
    const world = createMemoryWorld(options);
    const { id, submit } = await world.announce();
    const finalize = () =>
      world.finalizeUpload({ v: 1, kind: 'finalize', uploadId: id }, world.meta());
    return { ...world, id, submit, finalize };
  };

  it('A8: expires after its deadline when there is no object, and is told', async () => {
    const world = await setupAwaiting();
    world.clock.tick(31 * MINUTE);

    await world.finalize();

    expect(await world.store.find(world.id)).toMatchObject({
      state: 'expired',
      failure: { code: 'upload_expired' },
    });
    expect(world.bodies('notifications')).toMatchObject([
      { id: `${world.id}.0`, state: 'expired' },
    ]);
  });

  it('A7: does not expire when the object is there: its event was lost, so it is announced', async () => {
    const world = await setupAwaiting({ losesEvents: true });
    world.submit();
    world.clock.tick(31 * MINUTE);

    await world.finalize();

    expect(await world.store.find(world.id)).toMatchObject({ state: 'awaiting_upload' });
    expect(world.bodies('upload-events')).toEqual([
      { v: 1, kind: 'found', bucket: 'uploads', key: `incoming/acme/${world.id}` },
    ]);
  });

  it('A8: does not expire before its deadline', async () => {
    const world = await setupAwaiting();
    world.clock.tick(14 * MINUTE);

    await world.finalize();

    expect(await world.store.find(world.id)).toMatchObject({ state: 'awaiting_upload' });
  });

  it('A7: leaves an object that came in time to its own event', async () => {
    const world = await setupAwaiting({ losesEvents: true });
    world.submit();
    world.clock.tick(14 * MINUTE);

    await world.finalize();

    expect(world.bodies('upload-events')).toEqual([]);
  });

  it('A7: that gets its object in the moment of expiring is decided anew by the next delivery', async () => {
    const world = await setupAwaiting({
      store: (store) => ({
        put: async (upload) =>
          upload.state === 'expired'
            ? { kind: 'lost', current: await store.find(upload.id) }
            : store.put(upload),
      }),
    });
    world.clock.tick(31 * MINUTE);

    await expect(world.finalize()).rejects.toMatchObject({ code: 'lost_race' });
  });
});

describe('an unknown upload', () => {
  it('is no reason to fail: there is nothing to end', async () => {
    const world = createMemoryWorld();

    await world.finalizeUpload({ v: 1, kind: 'finalize', uploadId: 'upl_x' }, world.meta());

    expect(world.store.uploads()).toEqual([]);
  });
});
