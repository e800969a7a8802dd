import { describe, expect, it } from 'vitest';
import { createWaitForStatus } from '../../../shared/usecases/wait-for-status.ts';
import { MINUTE } from '../../support/factories.ts';
import {
  createMemoryWorld,
  drain,
  PRINCIPAL,
  type WorldOptions,
} from '../../support/memory-world.ts';

const WAIT_MS = 20_000;

const setup = async (options: WorldOptions = {}) => {
  const looks = { board: 0, store: 0 };
  const world = createMemoryWorld({
    ...options,
    board: (board) => ({
      find: (tenant, id) => {
        looks.board += 1;
        return board.find(tenant, id);
      },
    }),
    store: (store) => ({
      find: (id) => {
        looks.store += 1;
        return store.find(id);
      },
    }),
  });
  const { id, submit } = await world.announce();
  const waitForStatus = createWaitForStatus(world.deps);
  const wait = (seenRev: number, waitMs = WAIT_MS) => {
    const startedAt = world.clock.now();
    const answer = waitForStatus(PRINCIPAL, id, { seenRev, waitMs }).then((status) => ({
      ...status,
      afterMs: world.clock.now() - startedAt,
    }));
    // A refusal may come before the test asks for it.
    answer.catch(() => undefined);
    return answer;
  };
  return { ...world, id, submit, wait, looks };
};

describe('waiting for a status', () => {
  it('answers at once when it changed since the caller looked', async () => {
    const world = await setup();
    world.submit();
    await drain(world);

    expect(await world.wait(1)).toMatchObject({ status: { state: 'completed' }, afterMs: 0 });
  });

  it('answers at once when nothing can change any more', async () => {
    const world = await setup();
    world.submit();
    await drain(world);
    const { rev } = (await world.store.find(world.id))!;

    expect(await world.wait(rev)).toMatchObject({ status: { rev }, afterMs: 0 });
  });

  it.each([0, 1])('answers within a second of the next revision (seen: %i)', async (seenRev) => {
    const world = await setup();
    const answer = world.wait(seenRev);
    await world.clock.advance(9_500);
    world.submit();
    await drain(world);
    await world.clock.advance(1_000);

    expect(await answer).toMatchObject({ status: { state: 'completed' }, source: 'cache' });
    expect((await answer).afterMs).toBeLessThanOrEqual(10_500);
  });

  it('answers with what there is when the time is up, after a bounded number of looks', async () => {
    const world = await setup();
    const answer = world.wait(1);
    await world.clock.advance(WAIT_MS);

    expect(await answer).toMatchObject({ status: { rev: 1 }, afterMs: WAIT_MS });
    expect(world.looks.board).toBeLessThanOrEqual(25);
    expect(world.looks.store).toBe(0);
  });

  it('sees the change in the state itself while the board is silent', async () => {
    const world = await setup();
    world.memory.board.silence(true);
    const answer = world.wait(1);
    await world.clock.advance(5_000);
    world.submit();
    await drain(world);
    await world.clock.advance(2_000);

    expect(await answer).toMatchObject({ status: { state: 'completed' }, source: 'store' });
    expect(world.looks.store).toBeLessThan(20);
  });

  it('sees a change that the board was never shown', async () => {
    const world = await setup();
    world.clock.tick(MINUTE);
    const answer = world.wait(1, 25_000);
    world.memory.board.silence(true);
    world.submit();
    await drain(world);
    world.memory.board.silence(false);
    await world.clock.advance(25_000);

    expect(await answer).toMatchObject({ status: { state: 'completed' } });
  });

  it('does not wait at all when nobody asks for it', async () => {
    const world = await setup();

    expect(await world.wait(1, 0)).toMatchObject({ status: { rev: 1 }, afterMs: 0 });
  });

  it('ends as not found when the upload is deleted meanwhile', async () => {
    const world = await setup();
    const answer = world.wait(1);
    await world.clock.advance(3_000);
    await world.deleteUpload(PRINCIPAL, world.id, 'request-2');
    await world.clock.advance(2_000);

    await expect(answer).rejects.toMatchObject({ code: 'not_found' });
  });
});
