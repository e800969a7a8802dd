import { describe, expect, it } from 'vitest';
import { idOfObject } from '../../../shared/adapters/object-id.ts';
import { RetryableError } from '../../../shared/domain/errors.ts';
import { transition } from '../../../shared/domain/transition.ts';
import { unseenUpload } from '../../../shared/domain/upload.ts';
import { cause, MINUTE, UPLOADS_BUCKET } from '../../support/factories.ts';
import {
  DROPPED_ID as ID,
  DROPPED_KEY as KEY,
  createIngestWorld as setup,
} from '../../support/ingest-world.ts';
import { processor } from '../../support/processors.ts';

describe('an announced object', () => {
  it('starts its upload: type by the bytes, plan, state, status, one message per lane', async () => {
    const world = setup({
      processors: [processor('one'), processor('two'), processor('thumb', { lane: 'heavy' })],
    });
    const { id, notice } = await world.announceAndSubmit();

    const answer = await world.ingest(notice);

    expect(answer).toEqual({ kind: 'started', uploadId: id });
    expect(await world.store.find(id)).toMatchObject({
      state: 'processing',
      generation: 1,
      type: 'text/plain',
      object: { versionId: notice.versionId, sequencer: notice.sequencer, size: 11 },
    });
    expect(world.bodies('light')).toMatchObject([
      { uploadId: id, generation: 1, steps: ['one', 'two'], name: 'hello.txt' },
    ]);
    expect(world.bodies('heavy')).toMatchObject([{ uploadId: id, steps: ['thumb'] }]);
    expect(world.board.documents()[0]?.status.state).toBe('processing');
  });

  it('is told in one line with its upload, its type and its state', async () => {
    const world = setup();
    const { id, notice } = await world.announceAndSubmit();

    await world.ingest(notice);

    expect(world.logs.lines()).toMatchObject([
      { message: 'object ingested', uploadId: id, generation: 1, type: 'text/plain' },
    ]);
  });

  it('of another size than declared is rejected, and the upload ends', async () => {
    const world = setup();
    const { id } = await world.announce('hello world');
    const notice = world.drop('hello world and more', `incoming/acme/${id}`);

    const answer = await world.ingest(notice);

    expect(answer).toEqual({ kind: 'refused', uploadId: id });
    expect(await world.store.find(id)).toMatchObject({
      state: 'rejected',
      failure: { code: 'size_mismatch' },
    });
    expect(world.bodies('light')).toEqual([]);
    expect(world.bodies('finalize')).toMatchObject([{ uploadId: id }]);
  });

  it('E6, E7: takes no second object: a later version is ignored and the first goes on', async () => {
    const world = setup();
    const { id, notice } = await world.announceAndSubmit();
    await world.ingest(notice);
    const later = world.drop('other bytes', `incoming/acme/${id}`);

    const answer = await world.ingest(later);

    expect(answer).toEqual({ kind: 'ignored', reason: 'one_object_only' });
    expect((await world.store.find(id))?.object?.versionId).toBe(notice.versionId);
  });

  it('that comes after its upload expired ends nothing twice', async () => {
    const world = setup();
    const { id, notice } = await world.announceAndSubmit();
    const upload = (await world.store.find(id))!;
    const expired = transition(
      upload,
      { type: 'upload_expired' },
      { at: upload.createdAt + 60 * MINUTE, cause: cause() },
    );
    await world.store.put('next' in expired ? expired.next : upload);

    expect(await world.ingest(notice)).toEqual({ kind: 'ignored', reason: 'already_ended' });
  });

  it('A15: under the id of an upload of another tenant becomes an upload of its own tenant', async () => {
    const world = setup();
    const { id } = await world.announce();
    const key = `incoming/mallory/${id}`;

    const answer = await world.ingest(world.drop('hello world', key));

    expect(answer).toEqual({ kind: 'started', uploadId: idOfObject(UPLOADS_BUCKET, key) });
    expect(await world.store.find(id)).toMatchObject({ state: 'awaiting_upload' });
    expect(await world.store.find(idOfObject(UPLOADS_BUCKET, key))).toMatchObject({
      tenant: 'mallory',
      owner: 'bucket',
    });
  });
});

describe('an object that nobody announced', () => {
  it('A6: is adopted when there is no record of it: same key, same id, every time', async () => {
    const world = setup();

    const answer = await world.ingest(world.drop('a,b'));

    expect(answer).toEqual({ kind: 'started', uploadId: ID });
    expect(await world.store.find(ID)).toMatchObject({
      origin: 'bucket',
      tenant: 'acme',
      state: 'processing',
    });
  });

  it('A6: is adopted even under the key of an upload whose record was never written', async () => {
    const world = setup();
    const key = 'incoming/acme/upl_0123456789abcdefghjkmnpqrs';

    const answer = await world.ingest(world.drop('a,b', key));

    expect(answer).toEqual({ kind: 'started', uploadId: idOfObject(UPLOADS_BUCKET, key) });
  });

  it('of zero bytes is processed like any other', async () => {
    const world = setup();

    expect(await world.ingest(world.drop(''))).toEqual({ kind: 'started', uploadId: ID });
  });

  it('larger than this deployment accepts is rejected unread', async () => {
    const world = setup({ maxObjectBytes: 4 });

    const answer = await world.ingest(world.drop('12345'));

    expect(answer).toEqual({ kind: 'refused', uploadId: ID });
    expect(await world.store.find(ID)).toMatchObject({
      state: 'rejected',
      failure: { code: 'too_large' },
    });
  });
});

describe('what is not ours', () => {
  it.each([
    ['another bucket', { bucket: 'results', key: KEY }, 'foreign_bucket'],
    ['our own results', { bucket: UPLOADS_BUCKET, key: 'results/upl_1/1/one/a' }, 'foreign_key'],
    ['a folder', { bucket: UPLOADS_BUCKET, key: 'incoming/acme/' }, 'foreign_key'],
    ['no tenant', { bucket: UPLOADS_BUCKET, key: 'incoming/a.csv' }, 'foreign_key'],
  ])('A15: is ignored with a reason: %s', async (_name, notice, reason) => {
    const world = setup();

    const answer = await world.ingest(notice);

    expect(answer).toEqual({ kind: 'ignored', reason });
    expect(world.store.uploads()).toEqual([]);
    expect(world.logs.lines()).toMatchObject([{ message: 'object ignored', reason }]);
  });
});

describe('when the world around it fails', () => {
  it.each(['storage_unavailable', 'store_unavailable'] as const)(
    'A16: leaves the event to its next delivery on %s, and that one goes through',
    async (code) => {
      let failures = 1;
      const failOnce = async () => {
        failures -= 1;
        if (failures >= 0) throw new RetryableError(code);
      };
      const world = setup({
        objects: (objects) => ({
          peek: async (pointer, bytes) => {
            if (code === 'storage_unavailable') await failOnce();
            return objects.peek(pointer, bytes);
          },
        }),
        store: (store) => ({
          put: async (upload) => {
            if (code === 'store_unavailable') await failOnce();
            return store.put(upload);
          },
        }),
      });
      const notice = world.drop('a,b');
      await expect(world.ingest(notice)).rejects.toMatchObject({ code, retryable: true });

      expect(await world.ingest(notice)).toEqual({ kind: 'started', uploadId: ID });
    },
  );

  it('C6: an answer lost after the write is no second generation', async () => {
    let isLost = true;
    const world = setup({
      store: (store) => ({
        put: async (upload) => {
          const answer = await store.put(upload);
          if (!isLost) return answer;
          isLost = false;
          throw new RetryableError('store_unavailable');
        },
      }),
    });
    const notice = world.drop('a,b');
    await expect(world.ingest(notice)).rejects.toMatchObject({ code: 'store_unavailable' });

    await world.ingest(notice);

    expect(await world.store.find(ID)).toMatchObject({ generation: 1, rev: 1 });
    expect(world.bodies('light')).toHaveLength(1);
  });

  it('C13: does not need the board', async () => {
    const world = setup();
    world.board.silence(true);

    expect(await world.ingest(world.drop('a,b'))).toMatchObject({ kind: 'started' });
    expect(world.bodies('light')).toHaveLength(1);
  });

  it('C1: gives up as a lost race when other writers are always faster, and the next delivery tries again', async () => {
    const world = setup({
      store: () => ({
        put: async ({ id, tenant }) => ({ kind: 'lost', current: unseenUpload(id, tenant, 0) }),
      }),
    });

    await expect(world.ingest(world.drop('a,b'))).rejects.toMatchObject({ code: 'lost_race' });
  });
});
