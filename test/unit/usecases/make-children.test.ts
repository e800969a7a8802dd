/** One child at a time: what its worker does when others were first, or when there is nothing to make it of. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { NonRetryableError } from '../../../shared/domain/errors.ts';
import type { UploadStore } from '../../../shared/ports/upload-store.ts';
import { createMakeChildren } from '../../../shared/usecases/make-children.ts';
import { laneMessage, TENANT } from '../../support/factories.ts';
import { createMemoryWorld, drain, type WorldOptions } from '../../support/memory-world.ts';

const FILE = { index: 0, name: 'a.txt', size: 5 };
const hello = async () => Readable.from([Buffer.from('hello')]);
const damaged = async () => {
  throw new NonRetryableError('corrupt');
};

const setup = async (options: WorldOptions = {}) => {
  const world = createMemoryWorld(options);
  const message = laneMessage({ owner: 'ann', steps: ['archive-entries'] });
  const maker = () =>
    createMakeChildren(world.deps)(message, world.meta(), new AbortController().signal);
  await maker().expect(1);
  const id = world.deps.idOfMember(`${message.uploadId}.1`, 0);
  return {
    ...world,
    message,
    maker,
    id,
    row: () => world.memory.store.find(id),
    versions: () => world.objects.versions(`incoming/${TENANT}/${id}`),
    ends: () => (world.bodies('finalize') as { uploadId: string }[]).map((one) => one.uploadId),
  };
};

/** The store, whose put is lost to a row that is not to be seen. */
const unseen = (): Partial<UploadStore> => ({
  put: async () => ({ kind: 'lost', current: undefined }),
});

describe('a child', () => {
  it('C1: whose row another worker made gets its object here, once', async () => {
    const world = await setup({ losesEvents: true });
    await world.maker().make(FILE, async () => {
      await world.maker().make(FILE, hello);
      return hello();
    });
    await world.maker().make(FILE, hello);

    expect(world.versions()).toHaveLength(1);
    expect(await world.row()).toMatchObject({ state: 'awaiting_upload', owner: 'ann' });
  });

  it('C1: that was taken meanwhile gets no other object, whatever became of the first', async () => {
    const world = await setup();
    await world.maker().make(FILE, hello);
    await drain(world);
    await world.memory.objects.eraseIncoming(`incoming/${TENANT}/${world.id}`);

    await world.maker().make(FILE, hello);

    expect(await world.row()).toMatchObject({ state: 'completed' });
    expect(world.versions()).toEqual([]);
  });

  it('is to be made again when the row that was first is not to be seen', async () => {
    const world = await setup({ store: unseen });

    await expect(world.maker().make(FILE, hello)).rejects.toMatchObject({ code: 'lost_race' });
    expect(world.versions()).toEqual([]);
  });

  it('has an owner: a message that names none makes none', async () => {
    const { owner: _, ...nobody } = laneMessage({ owner: 'ann', steps: ['archive-entries'] });
    const world = await setup();
    const maker = createMakeChildren(world.deps)(
      nobody,
      world.meta(),
      new AbortController().signal,
    );

    await expect(maker.expect(1)).rejects.toMatchObject({ code: 'invalid_message' });
    await expect(maker.make(FILE, hello)).rejects.toMatchObject({ code: 'invalid_message' });
    expect(world.store.uploads()).toEqual([]);
  });
});

describe('a child of a damaged entry', () => {
  it('C3: ends here, and is told of again by whoever comes after a worker that told nobody', async () => {
    const world = await setup();
    await world.maker().make(FILE, damaged);
    expect(await world.row()).toMatchObject({ state: 'failed', failure: { code: 'corrupt' } });
    const told = world.ends().length;

    await world.maker().make(FILE, damaged);

    expect(told).toBe(1);
    expect(world.ends()).toEqual([world.id, world.id]);
  });

  it('C4: is decided anew when another writer was first', async () => {
    let puts = 0;
    const world = await setup({
      store: ({ put }) => ({
        async put(next) {
          puts += 1;
          return puts === 2 ? { kind: 'lost', current: next } : put(next);
        },
      }),
    });

    await expect(world.maker().make(FILE, damaged)).rejects.toMatchObject({ code: 'lost_race' });
    expect(world.ends()).toEqual([]);
    await world.maker().make(FILE, damaged);

    expect(await world.row()).toMatchObject({ state: 'failed', failure: { code: 'corrupt' } });
  });
});
