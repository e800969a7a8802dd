/** What the eraser and the tombstone do when others write at the same moment, and what they never touch. */
import { describe, expect, it } from 'vitest';
import { deletionMessageFor } from '../../../shared/usecases/entomb-upload.ts';
import { completedUpload, leftOf, NOTHING, sweepFor } from '../../support/deletion-world.ts';
import { MINUTE } from '../../support/factories.ts';
import { PRINCIPAL } from '../../support/memory-world.ts';

describe('the message of a deletion', () => {
  it('E23: erases nothing of an upload that was not deleted', async () => {
    const world = await completedUpload();
    const before = leftOf(world, world.id);
    const row = await world.memory.store.find(world.id);

    await world.eraseUpload(deletionMessageFor(world.id), world.meta());
    await world.eraseUpload(deletionMessageFor('upl_unknown'), world.meta());

    expect(before.results.length).toBeGreaterThan(0);
    expect(leftOf(world, world.id)).toEqual(before);
    expect(await world.memory.store.find(world.id)).toEqual(row);
  });

  it('is delivered again when the row changed while everything was erased', async () => {
    let isLost = false;
    const world = await completedUpload({
      store: ({ put }) => ({
        put: async (next) => (isLost ? { kind: 'lost', current: next } : put(next)),
      }),
    });
    await world.deleteUpload(PRINCIPAL, world.id, 'request-1');
    isLost = true;
    const message = deletionMessageFor(world.id);

    await expect(world.eraseUpload(message, world.meta())).rejects.toMatchObject({
      code: 'lost_race',
    });
    isLost = false;
    await world.eraseUpload(message, world.meta());

    expect(leftOf(world, world.id)).toEqual(NOTHING);
    expect(await world.memory.store.find(world.id)).toHaveProperty('erasure.emptiedAt');
  });

  it('says once that all is gone: when no late writer can be left', async () => {
    const world = await completedUpload();
    const said = () => world.logs.lines().filter(({ message }) => message === 'upload erased');
    await world.deleteUpload(PRINCIPAL, world.id, 'request-1');
    await world.eraseUpload(deletionMessageFor(world.id), world.meta());
    expect(said()).toEqual([]);

    await sweepFor(world, 60);

    expect(said()).toHaveLength(1);
  });
});

describe('a tombstone whose erasure is over', () => {
  it('E23: is erased once more for whoever meets it, and again when who came with it must be done', async () => {
    const world = await completedUpload();
    await world.deleteUpload(PRINCIPAL, world.id, 'request-1');
    await world.eraseUpload(deletionMessageFor(world.id), world.meta());
    await sweepFor(world, 60);
    expect(await world.memory.store.find(world.id)).not.toHaveProperty('erasure');
    const late = `results/${world.id}/1/one/late.txt`;

    await world.eraseUpload(deletionMessageFor(world.id), world.meta());
    // Another worker, which began before that, was stalled for so long.
    world.clock.tick(6 * MINUTE);
    await world.memory.objects.putResult(late, new Uint8Array(3), 'text/plain');
    await sweepFor(world, 60);

    expect(leftOf(world, world.id)).toEqual(NOTHING);
    expect(await world.memory.store.find(world.id)).not.toHaveProperty('erasure');
  });
});

describe('a tombstone', () => {
  it('C4: takes the place of what another writer left a moment before', async () => {
    let races = 0;
    const world = await completedUpload({
      store: (store) => ({
        async put(next) {
          races -= 1;
          if (races >= 0) return { kind: 'lost', current: await store.find(next.id) };
          return store.put(next);
        },
      }),
    });
    races = 2;

    await world.deleteUpload(PRINCIPAL, world.id, 'request-1');

    expect(await world.memory.store.find(world.id)).toHaveProperty('deletedAt');
  });
});
