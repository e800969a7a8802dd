/** Polls of a board that has missed the last things that happened. */
import { describe, expect, it } from 'vitest';
import { RetryableError } from '../../../shared/domain/errors.ts';
import { documentOf } from '../../../shared/domain/status.ts';
import { transition } from '../../../shared/domain/transition.ts';
import { awaiting, cause, T0, UPLOAD_ID } from '../../support/factories.ts';
import { PRINCIPAL, type WorldOptions } from '../../support/memory-world.ts';
import { createReadingWorld, LIFE } from '../../support/reading-world.ts';

describe('a board that is behind', () => {
  /** The last row was written, and its show got lost. */
  const behind = async (options: WorldOptions = {}) => {
    const world = await createReadingWorld(options);
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
    const world = await createReadingWorld();
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

  it('E23, C12: that was flushed learns of a deletion from the poll that found it, before an old show comes late', async () => {
    const world = await createReadingWorld();
    const last = LIFE.at(-1)!;
    for (const row of LIFE) await world.memory.store.put(row);
    const deleted = transition(last, { type: 'deleted' }, { at: T0 + 9_000, cause: cause() });
    if ('refused' in deleted) throw new Error(deleted.refused);
    await world.memory.store.put(deleted.next);

    await expect(world.read()).rejects.toMatchObject({ code: 'not_found' });
    await world.board.show(documentOf(last));

    await expect(world.read()).rejects.toMatchObject({ code: 'not_found' });
  });

  it('E3: is shown nothing of an upload by a poll of somebody else', async () => {
    const world = await createReadingWorld();
    for (const row of LIFE) await world.memory.store.put(row);
    const deleted = transition(LIFE.at(-1)!, { type: 'deleted' }, { at: T0, cause: cause() });
    if ('refused' in deleted) throw new Error(deleted.refused);
    await world.memory.store.put(deleted.next);

    for (const stranger of [
      { ...PRINCIPAL, owner: 'bob' },
      { ...PRINCIPAL, tenant: 'globex' },
    ]) {
      await expect(world.read(stranger)).rejects.toMatchObject({ code: 'not_found' });
    }

    expect(world.board.documents()).toEqual([]);
  });
});
