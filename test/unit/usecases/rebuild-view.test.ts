import { describe, expect, it } from 'vitest';
import { documentOf } from '../../../shared/domain/status.ts';
import type { Upload } from '../../../shared/domain/upload.ts';
import { createRebuildView } from '../../../shared/usecases/rebuild-view.ts';
import { awaiting, ended, MINUTE, OWNER, T0 } from '../../support/factories.ts';
import { createMemoryWorld, type WorldOptions } from '../../support/memory-world.ts';

const DAY = 24 * 60 * MINUTE;

const setup = async (uploads: readonly Upload[], options: WorldOptions = {}) => {
  const world = createMemoryWorld(options);
  for (const upload of uploads) await world.memory.store.put({ ...upload, rev: 1 });
  const stop = new AbortController();
  const rebuild = createRebuildView(world.deps);
  return {
    ...world,
    stop,
    rebuild: (terms: Parameters<typeof rebuild>[0] = {}) => rebuild(terms, stop.signal),
    shown: async (tenant: string, id: string, owner = OWNER) => {
      const { found } = await world.board.look({ tenant, owner }, id);
      if (typeof found === 'string') return found;
      return world.board.documents().find(({ status }) => status.id === id);
    },
  };
};

const made = (count: number, overrides: Partial<ReturnType<typeof awaiting>> = {}) =>
  Array.from({ length: count }, (_, n) =>
    awaiting({ id: `upl_${String(n).padStart(26, '0')}`, ...overrides }),
  );

describe('rebuild-view', () => {
  it('C12: shows every upload of the state again', async () => {
    const uploads = made(230);
    const world = await setup(uploads);

    const report = await world.rebuild();

    expect(report).toEqual({ shown: 230, newer: 0, old: 0, done: true });
    for (const upload of uploads) {
      expect(await world.shown(upload.tenant, upload.id)).toEqual(documentOf(upload));
    }
  });

  it('takes nothing back that the view knows better', async () => {
    const [upload] = made(1);
    const world = await setup([upload!]);
    const newer = documentOf({ ...upload!, rev: 5 });
    await world.board.show(newer);

    expect(await world.rebuild()).toMatchObject({ shown: 0, newer: 1, done: true });
    expect(await world.shown(upload!.tenant, upload!.id)).toEqual(newer);
  });

  it('shows only a tenant, or one of its owners, when told', async () => {
    const [a, b, c] = made(3);
    const uploads = [a!, { ...b!, owner: 'bob' }, { ...c!, tenant: 'other' }];
    const world = await setup(uploads);

    expect(await world.rebuild({ tenant: 'acme', owner: 'bob' })).toMatchObject({ shown: 1 });
    expect(await world.shown('acme', a!.id)).toBe('missing');
    expect(await world.rebuild({ tenant: 'acme' })).toMatchObject({ shown: 2, done: true });
    expect(await world.shown('other', c!.id)).toBe('missing');
  });

  it('leaves out what ended longer ago than the view keeps', async () => {
    const old = ended('completed', { endedAt: T0 - DAY - 1 });
    const recent = ended('completed', { id: 'upl_recent', endedAt: T0 - DAY + 1 });
    const world = await setup([old, recent]);

    expect(await world.rebuild()).toEqual({ shown: 1, newer: 0, old: 1, done: true });
  });

  it('C13: stops when the view does not take a document, and goes on from there', async () => {
    let left = 150;
    const world = await setup(made(230), {
      board: (board) => ({
        show: (document) => {
          left -= 1;
          return left < 0 ? Promise.resolve('unavailable') : board.show(document);
        },
      }),
    });

    const first = await world.rebuild();
    expect(first).toMatchObject({ shown: 150, done: false, stoppedBy: 'view unavailable' });

    left = Number.POSITIVE_INFINITY;
    expect(await world.rebuild({ cursor: first.cursor })).toMatchObject({ done: true });
    const answers = await Promise.all(made(230).map(({ tenant, id }) => world.shown(tenant, id)));
    expect(answers).not.toContain('missing');
  });

  it('stops at the deadline', async () => {
    const world = await setup(made(20));
    world.stop.abort();

    expect(await world.rebuild()).toEqual({ shown: 0, newer: 0, old: 0, done: false });
  });
});
