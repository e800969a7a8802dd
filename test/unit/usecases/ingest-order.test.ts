import { describe, expect, it } from 'vitest';
import { RetryableError } from '../../../shared/domain/errors.ts';
import { UPLOADS_BUCKET } from '../../support/factories.ts';
import {
  DROPPED_ID as ID,
  DROPPED_KEY as KEY,
  createIngestWorld as setup,
} from '../../support/ingest-world.ts';

describe('duplicates', () => {
  it('A1: the same event twice makes one generation and changes nothing the second time', async () => {
    const world = setup();
    const notice = world.drop('a,b');
    await world.ingest(notice);
    const row = await world.store.find(ID);
    // Another delivery is another moment: the very same write would be taken for a repetition of the first.
    world.clock.tick(1);

    const answer = await world.ingest(notice);

    expect(answer).toEqual({ kind: 'ignored', reason: 'duplicate' });
    expect(await world.store.find(ID)).toEqual(row);
  });

  it('A1: a duplicate sends again what is missing, because the first run may have died before it sent', async () => {
    let mustDie = true;
    const world = setup({
      queue: (queue) => ({
        send: async (name, messages) => {
          if (mustDie) throw new RetryableError('queue_unavailable');
          await queue.send(name, messages);
        },
      }),
    });
    const notice = world.drop('a,b');
    await expect(world.ingest(notice)).rejects.toMatchObject({ code: 'queue_unavailable' });
    mustDie = false;

    await world.ingest(notice);

    expect(world.bodies('light')).toMatchObject([{ uploadId: ID, steps: ['one', 'two'] }]);
  });

  it('A2: fifty at once make one generation, and nothing is logged as an error', async () => {
    const world = setup();
    const notice = world.drop('a,b');

    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        world.ingestObject(notice, world.meta({ requestId: `request-${index}` })),
      ),
    );

    expect(answers.filter(({ kind }) => kind === 'started')).toHaveLength(1);
    expect(await world.store.find(ID)).toMatchObject({ generation: 1, rev: 1 });
    expect(world.logs.lines().filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('A1: a duplicate of an ended upload makes sure that its end is told', async () => {
    const world = setup({ maxObjectBytes: 1 });
    const notice = world.drop('a,b');
    await world.ingest(notice);

    await world.ingest(notice);

    expect(world.bodies('light')).toEqual([]);
    expect(world.bodies('finalize')).toHaveLength(2);
  });
});

describe('overwrites', () => {
  it('A3: an older event after a newer one changes nothing', async () => {
    const world = setup();
    const older = world.drop('old');
    const newer = world.drop('new');
    await world.ingest(newer);
    const row = await world.store.find(ID);

    const answer = await world.ingest(older);

    expect(answer).toEqual({ kind: 'ignored', reason: 'stale' });
    expect(await world.store.find(ID)).toEqual(row);
  });

  it('A4: a newer event while the old version is processed opens the next generation and keeps the old row', async () => {
    const world = setup();
    await world.ingest(world.drop('old'));
    const newer = world.drop('newer');

    const answer = await world.ingest(newer);

    expect(answer).toEqual({ kind: 'started', uploadId: ID });
    expect(await world.store.find(ID)).toMatchObject({
      generation: 2,
      object: { versionId: newer.versionId },
    });
    expect(await world.store.archived(ID, 2)).toMatchObject([
      { generation: 1, state: 'processing' },
    ]);
    // It had no end that anybody could be told of.
    expect(world.bodies('finalize')).toEqual([]);
  });

  it('A4: a newer version that is refused ends the upload without touching what the old one became', async () => {
    const world = setup({ maxObjectBytes: 4 });
    await world.ingest(world.drop('old'));

    await world.ingest(world.drop('too large'));

    expect(await world.store.find(ID)).toMatchObject({ generation: 2, state: 'rejected' });
    expect(await world.store.archived(ID, 2)).toMatchObject([{ generation: 1 }]);
  });
});

describe('an event without an order', () => {
  it('A5: without a sequencer the latest version counts, and saying so again changes nothing', async () => {
    const world = setup();
    world.drop('old');
    const latest = world.drop('new');
    const hint = { bucket: UPLOADS_BUCKET, key: KEY };

    const first = await world.ingest(hint);
    const second = await world.ingest(hint);

    expect(first).toEqual({ kind: 'started', uploadId: ID });
    expect(second).toEqual({ kind: 'ignored', reason: 'duplicate' });
    expect((await world.store.find(ID))?.object?.versionId).toBe(latest.versionId);
  });

  it('A5: without a sequencer the latest version counts, though the event names an older one', async () => {
    const world = setup();
    const { versionId } = world.drop('old');
    const latest = world.drop('new');

    await world.ingest({ bucket: UPLOADS_BUCKET, key: KEY, versionId });

    expect((await world.store.find(ID))?.object?.versionId).toBe(latest.versionId);
  });

  it('A5: without a sequencer sends again what is missing, as any duplicate does', async () => {
    let mustDie = true;
    const world = setup({
      queue: (queue) => ({
        send: async (name, messages) => {
          if (mustDie) throw new RetryableError('queue_unavailable');
          await queue.send(name, messages);
        },
      }),
    });
    await expect(world.ingest(world.drop('a,b'))).rejects.toThrow();
    mustDie = false;

    await world.ingest({ bucket: UPLOADS_BUCKET, key: KEY });

    expect(world.bodies('light')).toMatchObject([{ uploadId: ID, steps: ['one', 'two'] }]);
  });

  it('A5: without a sequencer and without an object nothing happens and nothing fails', async () => {
    const world = setup();

    const answer = await world.ingest({ bucket: UPLOADS_BUCKET, key: KEY });

    expect(answer).toEqual({ kind: 'ignored', reason: 'nothing_there' });
    expect(world.store.uploads()).toEqual([]);
    expect(world.board.documents()).toEqual([]);
    expect(world.bodies('finalize')).toEqual([]);
  });

  it('A5: tells of the end also when the object went between the first delivery and the second', async () => {
    let mustDie = true;
    const world = setup({
      maxObjectBytes: 1,
      queue: (queue) => ({
        send: async (name, messages) => {
          if (mustDie) throw new RetryableError('queue_unavailable');
          await queue.send(name, messages);
        },
      }),
    });
    world.drop('too long');
    const hint = { bucket: UPLOADS_BUCKET, key: KEY };
    await expect(world.ingest(hint)).rejects.toThrow();
    mustDie = false;
    world.objects.remove(KEY);

    const answer = await world.ingest(hint);

    expect(answer).toEqual({ kind: 'ignored', reason: 'nothing_there' });
    expect(world.bodies('finalize')).toMatchObject([{ uploadId: ID }]);
  });

  it('A7: the late event of an object that was found by looking starts nothing again', async () => {
    const world = setup();
    const notice = world.drop('a,b');
    await world.ingest({ bucket: UPLOADS_BUCKET, key: KEY });

    const answer = await world.ingest(notice);

    expect(answer).toEqual({ kind: 'ignored', reason: 'duplicate' });
    expect(await world.store.find(ID)).toMatchObject({ generation: 1 });
  });
});

describe('an object that is gone', () => {
  it('A9: before ingest ends its upload at once as source_gone', async () => {
    const world = setup();
    const { id, notice } = await world.announceAndSubmit();
    world.objects.removeVersion(notice.key, notice.versionId!);

    const answer = await world.ingest(notice);

    expect(answer).toEqual({ kind: 'refused', uploadId: id });
    expect(await world.store.find(id)).toMatchObject({
      state: 'failed',
      failure: { code: 'source_gone' },
    });
    expect(world.bodies('finalize')).toMatchObject([{ uploadId: id }]);
  });

  it('A9: behind a delete marker is still there under its version', async () => {
    const world = setup();
    const notice = world.drop('a,b');
    world.objects.remove(KEY);

    expect(await world.ingest(notice)).toEqual({ kind: 'started', uploadId: ID });
  });

  it('A9: in an older version ends nothing of the newer one', async () => {
    const world = setup();
    const older = world.drop('old');
    await world.ingest(world.drop('new'));
    world.objects.removeVersion(KEY, older.versionId!);

    expect(await world.ingest(older)).toEqual({ kind: 'ignored', reason: 'stale' });
  });

  it('A1: is no reason to fail an upload that was ingested before: the duplicate asks nobody', async () => {
    const world = setup();
    const notice = world.drop('a,b');
    await world.ingest(notice);
    world.objects.removeVersion(KEY, notice.versionId!);

    expect(await world.ingest(notice)).toEqual({ kind: 'ignored', reason: 'duplicate' });
    expect(await world.store.find(ID)).toMatchObject({ state: 'processing' });
  });

  it('A1: a duplicate for an announced upload asks the storage for nothing', async () => {
    let peeks = 0;
    const world = setup({
      objects: ({ peek }) => ({
        peek: (...asked) => {
          peeks += 1;
          return peek(...asked);
        },
      }),
    });
    const { notice } = await world.announceAndSubmit();
    await world.ingest(notice);

    expect(await world.ingest(notice)).toEqual({ kind: 'ignored', reason: 'duplicate' });
    expect(peeks).toBe(1);
  });

  it('is worked again when the row that was first is not to be seen', async () => {
    const world = setup({
      store: () => ({ put: async () => ({ kind: 'lost', current: undefined }) }),
    });

    await expect(world.ingest(world.drop('a,b'))).rejects.toMatchObject({ code: 'lost_race' });
  });
});
