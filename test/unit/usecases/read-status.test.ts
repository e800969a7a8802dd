/** Polls: what answers them, what they show and whom. */
import { describe, expect, it } from 'vitest';
import { readyOf, type StepMark } from '../../../shared/domain/ready-status.ts';
import { documentOf } from '../../../shared/domain/status.ts';
import { awaiting, T0, UPLOAD_ID } from '../../support/factories.ts';
import { PRINCIPAL } from '../../support/memory-world.ts';
import { createReadingWorld, LIFE } from '../../support/reading-world.ts';

describe('a poll', () => {
  it('is answered by the board alone when it knows the upload', async () => {
    const world = await createReadingWorld();
    await world.board.show(documentOf(awaiting()));

    expect(await world.read()).toMatchObject({ source: 'cache', status: { id: UPLOAD_ID } });
    expect(world.storeReads()).toBe(0);
  });

  it('C12: is answered by the store after a flush, and fills the board again', async () => {
    const world = await createReadingWorld();
    await world.board.show(documentOf(awaiting()));
    world.board.flush();

    const first = await world.read();
    const second = await world.read();

    expect([first.source, second.source]).toEqual(['store', 'cache']);
    expect(second.status).toEqual(first.status);
  });

  it('C12: gets the same answer from either, with a flush before every poll', async () => {
    const world = await createReadingWorld();

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
    const world = await createReadingWorld({
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
    const world = await createReadingWorld();

    for (let poll = 0; poll < 500; poll += 1) await world.read();

    expect(world.storeReads()).toBe(1);
  });
});

describe('the board', () => {
  it('C14: never goes back to an older revision when somebody shows one late', async () => {
    const world = await createReadingWorld();
    for (const row of LIFE) await world.board.show(documentOf(row));
    await world.board.show(documentOf(LIFE[0]));

    expect((await world.read()).status).toMatchObject({ state: 'completed', rev: 4 });
  });

  it('C14: that lost its last writes catches up with the next thing that happens', async () => {
    const world = await createReadingWorld();
    await world.board.show(documentOf(LIFE[0]));
    const old = world.board.snapshot();
    await world.board.show(documentOf(LIFE[1]));
    world.board.restore(old);

    await world.board.show(documentOf(LIFE[2]));

    expect((await world.read()).status).toMatchObject({ state: 'completed' });
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
    const world = await createReadingWorld();
    await world.board.show(documentOf(LIFE[0]));
    await world.board.mark(mark());

    const { status } = await world.read();

    expect(status.steps).toMatchObject([
      { name: 'one', state: 'running', attempts: 2, startedAt: '2026-01-01T00:00:00.000Z' },
      { name: 'two', state: 'queued' },
    ]);
  });

  it('say nothing about a step that has ended, nor about another generation', async () => {
    const world = await createReadingWorld();
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
    const world = await createReadingWorld();
    await world.board.show(documentOf(awaiting()));

    await expect(world.read(principal, id)).rejects.toMatchObject({
      code: 'not_found',
      detail: undefined,
    });
  });

  it('E3, E5: costs a stranger the same questions for what is shown, what is not and what never was', async () => {
    let asked: string[] = [];
    const world = await createReadingWorld({
      desk: ({ look }) => ({
        look: (reader, id) => {
          asked.push('desk');
          return look(reader, id);
        },
      }),
      board: (board) => ({
        show: (document) => {
          asked.push('show');
          return board.show(document);
        },
        claim: (lease) => {
          asked.push('claim');
          return board.claim(lease);
        },
      }),
      store: (store) => ({
        find: (id) => {
          asked.push('store');
          return store.find(id);
        },
      }),
    });
    const questionsFor = async (id: string) => {
      asked = [];
      await world.read({ tenant: 'mallory', owner: 'ann' }, id).catch(() => undefined);
      return asked;
    };
    await world.board.show(documentOf(awaiting()));

    const shown = await questionsFor(UPLOAD_ID);
    world.board.flush();
    const hidden = await questionsFor(UPLOAD_ID);
    const unknown = await questionsFor('upl_00000000000000000000000000');

    expect([shown, hidden, unknown]).toEqual(Array(3).fill(['desk', 'store']));
  });

  it('C17: is not fooled by a board that answers with the document of somebody else', async () => {
    const world = await createReadingWorld({
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
    const world = await createReadingWorld();
    const id = 'obj_0123456789abcdefghjkmnpqrs';
    await world.memory.store.put(awaiting({ id, owner: 'bucket' }));

    expect(await world.read({ tenant: 'acme', owner: 'bob' }, id)).toMatchObject({
      source: 'store',
    });
    await expect(world.read({ tenant: 'mallory', owner: 'bob' }, id)).rejects.toThrow();
  });
});
