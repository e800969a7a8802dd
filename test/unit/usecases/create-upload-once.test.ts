import { describe, expect, it } from 'vitest';
import { RetryableError } from '../../../shared/domain/errors.ts';
import { MAX_POST_BYTES } from '../../../shared/domain/parts.ts';
import { createCreateUploadOnce } from '../../../shared/usecases/create-upload-once.ts';
import { MINUTE } from '../../support/factories.ts';
import {
  createMemoryWorld,
  drain,
  PRINCIPAL,
  type WorldOptions,
} from '../../support/memory-world.ts';

const DECLARED = { name: 'hello.txt', size: 11, type: 'text/plain' } as const;
const HELLO = new TextEncoder().encode('hello world');
const DAY = 24 * 60 * MINUTE;

const setup = (options: WorldOptions = {}) => {
  const world = createMemoryWorld(options);
  const createOnce = createCreateUploadOnce(world.deps);
  const create = (change: Partial<Parameters<typeof createOnce>[0]> = {}) =>
    createOnce({
      principal: PRINCIPAL,
      declared: DECLARED,
      requestId: 'request-1',
      key: 'key-1',
      ...change,
    });
  return { ...world, create };
};

describe('a request with a key', () => {
  it('makes an upload the first time, and answers with the same one and a fresh form after that', async () => {
    const world = setup();

    const first = await world.create();
    world.clock.tick(MINUTE);
    const second = await world.create({ requestId: 'request-2' });

    expect(first).toMatchObject({ isRepeated: false, post: { url: expect.any(String) } });
    expect(second).toMatchObject({ isRepeated: true, status: { id: first.status.id, rev: 1 } });
    expect(second.expiresAt).toBe(first.expiresAt);
    expect(second.post?.url).not.toBe(first.post?.url);
    expect(world.store.uploads()).toHaveLength(1);
    expect(world.memory.objects.submit(second.post!, HELLO)).toBe('stored');
  });

  it('gives no form that lives longer than the upload can start', async () => {
    const world = setup();
    await world.create();
    world.clock.tick(14 * MINUTE);
    const { post } = await world.create();

    world.clock.tick(MINUTE + 1_000);

    expect(world.memory.objects.submit(post!, HELLO)).toBe('expired');
    expect(await world.create()).not.toHaveProperty('post');
  });

  it('tells of a file that is too large for a form how to cut it, each time', async () => {
    const world = setup();
    const declared = { ...DECLARED, size: MAX_POST_BYTES + 1 };
    const first = await world.create({ declared });
    const again = await world.create({ declared });

    expect(again).toEqual({ ...first, isRepeated: true });
    expect(again).toMatchObject({ parts: { partSize: 5 * 1024 ** 2, partCount: 1_025 } });
    expect(again).not.toHaveProperty('post');
  });

  it('answers without a form once the file is there', async () => {
    const world = setup();
    const { post, status } = await world.create();
    world.memory.objects.submit(post!, HELLO);
    await drain(world);

    const again = await world.create();

    expect(again).toMatchObject({
      isRepeated: true,
      status: { id: status.id, state: 'completed' },
    });
    expect(again).not.toHaveProperty('post');
  });

  it('is the same in whatever order its fields came', async () => {
    const world = setup();
    const first = await world.create();
    const { type, size, name } = DECLARED;

    expect(await world.create({ declared: { type, size, name } })).toMatchObject({
      status: { id: first.status.id },
    });
  });

  it.each([
    ['name', { ...DECLARED, name: 'other.txt' }],
    ['size', { ...DECLARED, size: 12 }],
    ['type', { ...DECLARED, type: 'text/csv' }],
    ['digest', { ...DECLARED, sha256: 'a'.repeat(64) }],
  ])('is a conflict for another %s', async (_field, declared) => {
    const world = setup();
    await world.create();

    await expect(world.create({ declared })).rejects.toMatchObject({ code: 'conflict' });
    expect(world.store.uploads()).toHaveLength(1);
  });

  it('is a conflict for other options, and the same for the same', async () => {
    const world = setup();
    const first = await world.create({ options: { typePolicy: 'reject' } });

    const again = await world.create({ options: { typePolicy: 'reject' } });

    expect(again.status.id).toBe(first.status.id);
    for (const options of [undefined, { typePolicy: 'accept' } as const]) {
      await expect(world.create({ options })).rejects.toMatchObject({ code: 'conflict' });
    }
  });

  it('means something else to every tenant and user', async () => {
    const world = setup();
    const principals = [
      PRINCIPAL,
      { tenant: 'other', owner: 'ann' },
      { tenant: 'acme', owner: 'bob' },
    ];

    const made = [];
    for (const principal of principals) made.push(await world.create({ principal }));

    expect(new Set(made.map(({ status }) => status.id)).size).toBe(3);
  });

  it('is free again after a day', async () => {
    const world = setup();
    const first = await world.create();
    world.clock.tick(DAY);

    expect((await world.create()).status.id).not.toBe(first.status.id);
  });

  it('E16: is answered though its tenant has no room for another upload', async () => {
    const world = setup();
    await world.deps.tenantQuotas.keep('acme', { uploads: 1 });
    const { post, status } = await world.create();
    world.memory.objects.submit(post!, HELLO);
    await drain(world);
    world.clock.tick(MINUTE);
    await world.create({ key: 'key-2' });

    expect(await world.create()).toMatchObject({ isRepeated: true, status: { id: status.id } });
    await expect(world.create({ key: 'key-3' })).rejects.toMatchObject({
      code: 'too_many_uploads',
    });
  });

  it('is to be tried again when the row that was first is not to be seen', async () => {
    const world = setup({
      store: () => ({ put: async () => ({ kind: 'lost', current: undefined }) }),
    });

    await expect(world.create()).rejects.toMatchObject({ retryable: true, code: 'lost_race' });
  });

  it('is a conflict once its upload was deleted', async () => {
    const world = setup();
    const { status } = await world.create();
    await world.deleteUpload(PRINCIPAL, status.id, 'request-1');

    await expect(world.create()).rejects.toMatchObject({ code: 'conflict' });
  });

  it('makes one upload of many requests at the same moment', async () => {
    const world = setup();

    const answers = await Promise.all(Array.from({ length: 8 }, () => world.create()));

    expect(new Set(answers.map(({ status }) => status.id)).size).toBe(1);
    expect(world.store.uploads()).toHaveLength(1);
    expect(answers.every(({ post }) => post !== undefined)).toBe(true);
  });

  it.each(['before', 'after'] as const)(
    'makes one upload although the attempts before it died %s the row',
    async (when) => {
      let failures = 2;
      const world = setup({
        store: (store) => ({
          async put(upload) {
            failures -= 1;
            if (failures >= 0 && when === 'before') throw new RetryableError('store_unavailable');
            const answer = await store.put(upload);
            if (failures >= 0) throw new RetryableError('store_unavailable');
            return answer;
          },
        }),
      });
      const attempts = [];
      for (let attempt = 0; attempt < 4; attempt += 1) {
        attempts.push(await world.create().catch((error: Error) => error));
      }

      expect(attempts.at(-1)).toMatchObject({ isRepeated: true, post: expect.anything() });
      expect(world.store.uploads()).toHaveLength(1);
    },
  );
});
