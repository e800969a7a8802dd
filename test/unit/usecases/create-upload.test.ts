import { describe, expect, it } from 'vitest';
import { RetryableError } from '../../../shared/domain/errors.ts';
import { MAX_FILE_BYTES, MAX_POST_BYTES } from '../../../shared/domain/parts.ts';
import { type DeclaredFile, isLive } from '../../../shared/domain/upload.ts';
import { MINUTE } from '../../support/factories.ts';
import { createMemoryWorld, PRINCIPAL, type WorldOptions } from '../../support/memory-world.ts';

const DECLARED = { name: 'hello.txt', size: 11, type: 'text/plain' } as const;
const HELLO = new TextEncoder().encode('hello world');

const setup = (options: WorldOptions = {}) => {
  const world = createMemoryWorld(options);
  const create = (declared: DeclaredFile = DECLARED) =>
    world.createUpload({ principal: PRINCIPAL, declared, requestId: 'request-1' });
  return { ...world, create };
};

describe('a created upload', () => {
  it('waits for its object, with a due time, and says who made it why', async () => {
    const world = setup();

    const { status, expiresAt } = await world.create();

    const upload = await world.store.find(status.id);
    expect(upload).toMatchObject({
      ...PRINCIPAL,
      state: 'awaiting_upload',
      declared: DECLARED,
      timeline: [{ event: 'created', requestId: 'request-1', attempt: 1 }],
    });
    expect(upload && isLive(upload) && upload.dueAt).toBe(world.clock.now() + 30 * MINUTE);
    expect(Date.parse(expiresAt)).toBe(world.clock.now() + 15 * MINUTE);
    expect(world.board.documents()).toMatchObject([{ status: { id: status.id } }]);
  });

  it('gets a form for exactly one key, without the file name in it', async () => {
    const world = setup();

    const { status, post } = await world.create({ ...DECLARED, name: '../../etc/passwd' });

    expect(post?.fields.key).toBe(`incoming/acme/${status.id}`);
    expect(JSON.stringify(post)).not.toContain('passwd');
  });

  it('E9: gets a form that takes exactly the declared bytes', async () => {
    const world = setup();
    const { post } = await world.create({ ...DECLARED, sha256: 'a'.repeat(64) });

    expect(world.objects.submit(post!, HELLO.subarray(1))).toBe('wrong_size');
    expect(world.objects.submit(post!, HELLO)).toBe('wrong_bytes');
  });

  it('gets a form that runs out before the upload does', async () => {
    const world = setup();
    const { post } = await world.create();
    world.clock.tick(15 * MINUTE + 1);

    expect(world.objects.submit(post!, HELLO)).toBe('expired');
  });

  it('of more than a form may carry is told how to cut it instead, and waits like any other', async () => {
    const world = setup();
    const whole = await world.create({ ...DECLARED, size: MAX_POST_BYTES });
    const larger = await world.create({ ...DECLARED, size: MAX_POST_BYTES + 1 });
    const largest = await world.create({ ...DECLARED, size: MAX_FILE_BYTES });

    expect(whole).toMatchObject({ post: { url: expect.any(String) } });
    expect(whole).not.toHaveProperty('parts');
    expect(larger).toMatchObject({ parts: { partSize: 5 * 1024 ** 2, partCount: 1_025 } });
    expect(larger).not.toHaveProperty('post');
    expect(Date.parse(larger.expiresAt)).toBe(world.clock.now() + 15 * MINUTE);
    expect(largest).toMatchObject({ parts: { partSize: 549_755_814, partCount: 10_000 } });
    expect(await world.store.find(largest.status.id)).toMatchObject({
      state: 'awaiting_upload',
      declared: { size: MAX_FILE_BYTES },
    });
  });

  it('E5: has an id that nobody can guess: 128 random bits', async () => {
    const world = setup();

    const ids = await Promise.all(
      Array.from({ length: 50 }, async () => (await world.create()).status.id),
    );

    expect(new Set(ids).size).toBe(50);
    expect(ids.every((id) => /^upl_[0-9a-hjkmnp-tv-z]{26}$/.test(id))).toBe(true);
  });
});

describe('creating an upload', () => {
  it('refuses a file that this deployment does not take, and writes nothing of it', async () => {
    const world = setup({ maxFileBytes: 10 });

    await expect(world.create()).rejects.toMatchObject({
      code: 'invalid_request',
      detail: 'A file may have 10 bytes at most.',
    });
    expect(world.store.uploads()).toEqual([]);
    expect((await world.create({ ...DECLARED, size: 10 })).status.state).toBe('awaiting_upload');
  });

  it('A6: gives no form away when the record could not be written', async () => {
    let signed = 0;
    const world = setup({
      store: () => ({
        put: async () => {
          throw new RetryableError('store_unavailable');
        },
      }),
      objects: (objects) => ({
        presignUpload: (terms) => {
          signed += 1;
          return objects.presignUpload(terms);
        },
      }),
    });

    await expect(world.create()).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(signed).toBe(0);
  });

  it('never takes over an upload that is already there', async () => {
    const world = setup({
      store: () => ({ put: async () => ({ kind: 'lost', current: undefined }) }),
    });

    await expect(world.create()).rejects.toMatchObject({ code: 'lost_race' });
  });

  it('C13: does not need the board', async () => {
    const world = setup();
    world.board.silence(true);

    expect((await world.create()).status.state).toBe('awaiting_upload');
  });
});
