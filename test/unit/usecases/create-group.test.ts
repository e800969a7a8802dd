import { describe, expect, it } from 'vitest';
import { idOfMember } from '../../../shared/adapters/object-id.ts';
import { RetryableError } from '../../../shared/domain/errors.ts';
import { MINUTE } from '../../support/factories.ts';
import { createGroupWorld, fileOf, HELLO } from '../../support/group-world.ts';
import { drain, PRINCIPAL } from '../../support/memory-world.ts';

const KEY = { key: 'key-1' };

describe('several files at once', () => {
  it('are an upload each, with a form, in their order, and one group', async () => {
    const world = createGroupWorld();

    const { group, uploads, isRepeated } = await world.create(3);

    expect(isRepeated).toBe(false);
    expect(group).toMatchObject({
      state: 'open',
      count: 3,
      states: { awaiting_upload: 3 },
      progress: 0,
    });
    expect(uploads.map(({ status }) => status.id)).toEqual(
      [0, 1, 2].map((index) => idOfMember(group.id, index)),
    );
    expect(uploads.map(({ status }) => status.declared?.name)).toEqual([
      'file 0.txt',
      'file 1.txt',
      'file 2.txt',
    ]);
    expect(uploads.every(({ status }) => status.group === group.id)).toBe(true);
    expect(uploads.map(({ post }) => world.memory.objects.submit(post!, HELLO))).toEqual([
      'stored',
      'stored',
      'stored',
    ]);
    const { uploads: listed } = await world.store.listByOwner(PRINCIPAL, { limit: 9 });
    expect(listed).toHaveLength(3);
  });

  it('each have the options that were given for it', async () => {
    const world = createGroupWorld();
    const files = [{ ...fileOf('a.txt'), options: { typePolicy: 'reject' as const } }, fileOf('b')];

    const { uploads } = await world.create(0, { files });

    const rows = await world.store.findAll(uploads.map(({ status }) => status.id));
    expect(rows.map((row) => row?.options)).toEqual([{ typePolicy: 'reject' }, undefined]);
  });

  it('may be the same file twice', async () => {
    const world = createGroupWorld();

    const { uploads } = await world.create(0, { files: [fileOf('a.txt'), fileOf('a.txt')] });

    expect(new Set(uploads.map(({ status }) => status.id)).size).toBe(2);
  });
});

describe('a request with a key', () => {
  it('makes one group however often it comes, and answers with fresh forms while there is time', async () => {
    const world = createGroupWorld();
    const first = await world.create(2, KEY);
    world.submit(first, 0);
    await drain(world);
    world.clock.tick(MINUTE);

    const second = await world.create(2, KEY);

    expect(second).toMatchObject({ isRepeated: true, group: { id: first.group.id } });
    expect(second.uploads[0]).toMatchObject({ status: { state: 'completed' } });
    expect(second.uploads[0]).not.toHaveProperty('post');
    expect(world.memory.objects.submit(second.uploads[1]!.post!, HELLO)).toBe('stored');
    expect(world.groups.groups()).toHaveLength(1);
    expect(world.store.uploads()).toHaveLength(2);
  });

  it('makes one group when it comes many times at one instant', async () => {
    const world = createGroupWorld();

    const answers = await Promise.all([1, 2, 3, 4].map(() => world.create(3, KEY)));

    expect(new Set(answers.map(({ group }) => group.id)).size).toBe(1);
    expect(world.store.uploads()).toHaveLength(3);
    expect(world.groups.groups()).toHaveLength(1);
  });

  it('is a conflict for other files, another order of them, and one file alone', async () => {
    const world = createGroupWorld();
    await world.create(2, KEY);
    const reversed = [fileOf('file 1.txt'), fileOf('file 0.txt')];

    for (const files of [reversed, [fileOf('file 0.txt')], [fileOf('other.txt')]]) {
      await expect(world.create(0, { ...KEY, files })).rejects.toMatchObject({ code: 'conflict' });
    }
  });

  it('E16: is answered though its tenant has no room for other uploads', async () => {
    const world = createGroupWorld();
    await world.deps.tenantQuotas.keep('acme', { uploads: 4 });
    const first = await world.create(2, KEY);
    world.submit(first);
    await drain(world);
    world.clock.tick(MINUTE);
    await world.create(2);

    const again = await world.create(2, KEY);

    expect(again).toMatchObject({ isRepeated: true, group: { id: first.group.id } });
    await expect(world.create(1)).rejects.toMatchObject({ code: 'too_many_uploads' });
  });

  it('is to be tried again when a row that was first, or its group, is not to be seen', async () => {
    const unseen = createGroupWorld({
      store: () => ({ put: async () => ({ kind: 'lost', current: undefined }) }),
    });
    const groupless = createGroupWorld({ groups: () => ({ find: async () => undefined }) });

    for (const world of [unseen, groupless]) {
      await expect(world.create(2, KEY)).rejects.toMatchObject({
        retryable: true,
        code: 'lost_race',
      });
    }
  });

  it('is a conflict once one of its uploads was deleted', async () => {
    const world = createGroupWorld();
    const { uploads } = await world.create(2, KEY);
    await world.deleteUpload(PRINCIPAL, uploads[1]!.status.id, 'request-2');

    await expect(world.create(2, KEY)).rejects.toMatchObject({ code: 'conflict' });
  });

  it.each(['store.put', 'groups.create'] as const)(
    'that died at %s, before and after, at each of its members, is finished by the next attempt',
    async (effect) => {
      for (const dies of ['before', 'after'] as const) {
        for (let index = 0; index < (effect === 'store.put' ? 3 : 1); index += 1) {
          let left = index;
          const dying =
            <In extends readonly unknown[], Out>(act: (...given: In) => Promise<Out>) =>
            async (...given: In): Promise<Out> => {
              const isTheOne = left === 0;
              left -= 1;
              if (isTheOne && dies === 'before') throw new RetryableError('store_unavailable');
              const answer = await act(...given);
              if (isTheOne) throw new RetryableError('store_unavailable');
              return answer;
            };
          const world = createGroupWorld({
            store: ({ put }) => (effect === 'store.put' ? { put: dying(put) } : {}),
            groups: ({ create }) => (effect === 'groups.create' ? { create: dying(create) } : {}),
          });
          await expect(world.create(3, KEY)).rejects.toBeInstanceOf(RetryableError);

          const again = await world.create(3, KEY);
          world.submit(again);
          await drain(world);

          expect(world.store.uploads()).toHaveLength(3);
          expect(world.groups.groups()).toHaveLength(1);
          expect((await world.read(again.group.id, 99)).status.state).toBe('ended');
          expect(world.told()).toHaveLength(1);
        }
      }
    },
  );

  it('that died and never came again leaves uploads that expire, and no group', async () => {
    const world = createGroupWorld({
      groups: () => ({
        create: async () => {
          throw new RetryableError('store_unavailable');
        },
      }),
    });
    await expect(world.create(2, KEY)).rejects.toBeInstanceOf(RetryableError);

    await world.sweepFor(60);

    expect(world.store.uploads().map(({ state }) => state)).toEqual(['expired', 'expired']);
    expect(world.groups.groups()).toEqual([]);
    expect(world.told()).toEqual([]);
  });
});
