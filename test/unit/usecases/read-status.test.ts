import { describe, expect, it } from 'vitest';
import { RetryableError } from '../../../shared/domain/errors.ts';
import { readyOf, type StepMark } from '../../../shared/domain/ready-status.ts';
import { documentOf, type UploadStatus } from '../../../shared/domain/status.ts';
import { transition } from '../../../shared/domain/transition.ts';
import { createReadStatus } from '../../../shared/usecases/read-status.ts';
import {
  awaiting,
  cause,
  ended,
  processing,
  succeeded,
  T0,
  UPLOAD_ID,
} from '../../support/factories.ts';
import {
  callerOf,
  createMemoryWorld,
  PRINCIPAL,
  type WorldOptions,
} from '../../support/memory-world.ts';

const setup = async (options: WorldOptions = {}) => {
  let storeReads = 0;
  const world = createMemoryWorld({
    store: (store) => ({
      find: (id) => {
        storeReads += 1;
        return store.find(id);
      },
    }),
    ...options,
  });
  const readStatus = createReadStatus(world.deps);
  await world.memory.store.put(awaiting());
  const read = async (
    principal = PRINCIPAL as { tenant: string; owner: string },
    id = UPLOAD_ID,
    seenRev = 0,
  ) => {
    const answer = await readStatus(callerOf(principal), id, seenRev);
    return { ...answer, status: JSON.parse(answer.json()) as UploadStatus };
  };
  return { ...world, read, storeReads: () => storeReads };
};

/** The rows of one upload's life, in the order of writing. */
const LIFE = [
  processing(),
  processing({ rev: 3, outcomes: { one: succeeded() } }),
  ended('completed', { rev: 4 }),
] as const;

describe('a poll', () => {
  it('is answered by the board alone when it knows the upload', async () => {
    const world = await setup();
    await world.board.show(documentOf(awaiting()));

    expect(await world.read()).toMatchObject({ source: 'cache', status: { id: UPLOAD_ID } });
    expect(world.storeReads()).toBe(0);
  });

  it('C12: is answered by the store after a flush, and fills the board again', async () => {
    const world = await setup();
    await world.board.show(documentOf(awaiting()));
    world.board.flush();

    const first = await world.read();
    const second = await world.read();

    expect([first.source, second.source]).toEqual(['store', 'cache']);
    expect(second.status).toEqual(first.status);
  });

  it('C12: gets the same answer from either, with a flush before every poll', async () => {
    const world = await setup();

    for (const row of LIFE) {
      await world.memory.store.put(row);
      await world.board.show(documentOf(row));
      const cached = await world.read();
      world.board.flush();
      const stored = await world.read();

      expect(stored.status).toEqual(cached.status);
      expect([cached.source, stored.source]).toEqual(['cache', 'store']);
    }
  });

  it('C13: is answered by the store while the board is silent, and leaves the board alone', async () => {
    let shows = 0;
    const world = await setup({
      board: (board) => ({
        show: (document) => {
          shows += 1;
          return board.show(document);
        },
      }),
    });
    world.board.silence(true);

    expect(await world.read()).toMatchObject({ source: 'store' });
    expect(shows).toBe(0);
  });

  it('C16: of many, one after another on an empty board, reads the store once', async () => {
    const world = await setup();

    for (let poll = 0; poll < 500; poll += 1) await world.read();

    expect(world.storeReads()).toBe(1);
  });
});

describe('the board', () => {
  it('C14: never goes back to an older revision when somebody shows one late', async () => {
    const world = await setup();
    for (const row of LIFE) await world.board.show(documentOf(row));
    await world.board.show(documentOf(LIFE[0]));

    expect((await world.read()).status).toMatchObject({ state: 'completed', rev: 4 });
  });

  it('C14: that lost its last writes catches up with the next thing that happens', async () => {
    const world = await setup();
    await world.board.show(documentOf(LIFE[0]));
    const old = world.board.snapshot();
    await world.board.show(documentOf(LIFE[1]));
    world.board.restore(old);

    await world.board.show(documentOf(LIFE[2]));

    expect((await world.read()).status).toMatchObject({ state: 'completed' });
  });
});

describe('a board that is behind', () => {
  /** The last row was written, and its show got lost. */
  const behind = async (options: WorldOptions = {}) => {
    const world = await setup(options);
    await world.board.show(documentOf(awaiting()));
    for (const row of LIFE) await world.memory.store.put(row);
    return world;
  };

  it('C14: is not believed by a caller who has seen a newer revision', async () => {
    const world = await behind();

    const answer = await world.read(PRINCIPAL, UPLOAD_ID, 4);

    expect(answer).toMatchObject({ source: 'store', status: { rev: 4 } });
    expect(await world.read()).toMatchObject({ source: 'cache', status: { rev: 4 } });
  });

  it('C13: is found out after a while, by one of many who ask', async () => {
    const world = await behind();
    await world.clock.advance(31_000);

    const polls = await Promise.all([1, 2, 3].map(() => world.read()));

    expect(polls.map(({ source }) => source).sort()).toEqual(['cache', 'cache', 'store']);
    expect(await world.read()).toMatchObject({ status: { state: 'completed' } });
    expect(world.storeReads()).toBe(1);
  });

  it('C11: is found out though who showed it had a clock far ahead of ours', async () => {
    const ahead = 5 * 60_000;
    const world = await behind({
      desk: (desk) => ({
        look: async (reader, id) => {
          const look = await desk.look(reader, id);
          if (typeof look.found === 'string') return look;
          return { ...look, found: { ...look.found, shownAt: look.found.shownAt + ahead } };
        },
      }),
    });

    expect(await world.read()).toMatchObject({ source: 'store', status: { state: 'completed' } });
  });

  it('C16: of an upload that changes seldom is held against the state twice a minute, whoever asks', async () => {
    const world = await setup();
    await world.board.show(documentOf(awaiting()));
    let claims = 0;
    const { claim } = world.deps.board;
    world.deps.board.claim = (lease) => {
      claims += 1;
      return claim(lease);
    };

    for (let second = 0; second < 600; second += 1) {
      await world.clock.advance(1_000);
      await Promise.all([world.read(), world.read()]);
    }

    expect(world.storeReads()).toBe(20);
    // Of two who ask at the very moment, one is told that the other is at it.
    expect(claims).toBeLessThanOrEqual(40);
  });

  it('E23: is told of a deletion that it missed by the first poll that finds out', async () => {
    const world = await behind();
    const result = transition(LIFE.at(-1)!, { type: 'deleted' }, { at: T0, cause: cause() });
    if ('refused' in result) throw new Error(result.refused);
    await world.memory.store.put(result.next);
    await world.clock.advance(31_000);

    await expect(world.read()).rejects.toMatchObject({ code: 'not_found' });

    // The first one holds the lease of asking the state: without the tombstone this one would believe the board.
    await expect(world.read()).rejects.toMatchObject({ code: 'not_found' });
  });

  it('answers all the same while the state cannot be read', async () => {
    const world = await behind({
      store: () => ({ find: () => Promise.reject(new RetryableError('store_unavailable')) }),
    });
    await world.clock.advance(31_000);

    expect(await world.read()).toMatchObject({ source: 'cache' });
    await expect(world.read(PRINCIPAL, UPLOAD_ID, 4)).rejects.toThrow(RetryableError);
  });
});

describe('marks of running steps', () => {
  const mark = (overrides: Partial<StepMark> = {}) => ({
    generation: 1,
    startedAt: T0,
    attempt: 2,
    ...PRINCIPAL,
    uploadId: UPLOAD_ID,
    steps: ['one'],
    ...overrides,
  });

  it('turn queued steps into running ones, with attempt and start', async () => {
    const world = await setup();
    await world.board.show(documentOf(LIFE[0]));
    await world.board.mark(mark());

    const { status } = await world.read();

    expect(status.steps).toMatchObject([
      { name: 'one', state: 'running', attempts: 2, startedAt: '2026-01-01T00:00:00.000Z' },
      { name: 'two', state: 'queued' },
    ]);
  });

  it('say nothing about a step that has ended, nor about another generation', async () => {
    const world = await setup();
    await world.board.show(documentOf(LIFE[1]));
    await world.board.mark(mark());
    await world.board.mark(mark({ generation: 7, ...{ steps: ['two'] } }));

    const { status } = await world.read();

    expect(status.steps.map(({ state }) => state)).toEqual(['succeeded', 'queued']);
  });
});

describe('who may read', () => {
  it.each([
    ['E3: another tenant', { tenant: 'mallory', owner: 'ann' }, UPLOAD_ID],
    ['E3: another owner of the same tenant', { tenant: 'acme', owner: 'bob' }, UPLOAD_ID],
    ['an unknown id', PRINCIPAL, 'upl_unknown'],
    ['an id that is a path', PRINCIPAL, '../admin'],
  ])('%s gets not_found, and nothing else', async (_name, principal, id) => {
    const world = await setup();
    await world.board.show(documentOf(awaiting()));

    await expect(world.read(principal, id)).rejects.toMatchObject({
      code: 'not_found',
      detail: undefined,
    });
  });

  it('C17: is not fooled by a board that answers with the document of somebody else', async () => {
    const world = await setup({
      desk: () => ({
        look: async () => ({
          found: {
            ready: readyOf(documentOf(awaiting({ tenant: 'mallory', owner: 'eve' }))),
            marks: {},
            shownAt: T0,
          },
          session: 'missing',
        }),
      }),
    });

    expect(await world.read()).toMatchObject({ source: 'store', status: { id: UPLOAD_ID } });
  });

  it('lets the whole tenant read what was dropped into the bucket', async () => {
    const world = await setup();
    const id = 'obj_0123456789abcdefghjkmnpqrs';
    await world.memory.store.put(awaiting({ id, owner: 'bucket' }));

    expect(await world.read({ tenant: 'acme', owner: 'bob' }, id)).toMatchObject({
      source: 'store',
    });
    await expect(world.read({ tenant: 'mallory', owner: 'bob' }, id)).rejects.toThrow();
  });
});
