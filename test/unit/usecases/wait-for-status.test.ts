import { describe, expect, it } from 'vitest';
import { documentOf } from '../../../shared/domain/status.ts';
import type { Caller } from '../../../shared/ports/session-verifier.ts';
import { createWaitForStatus } from '../../../shared/usecases/wait-for-status.ts';
import { MINUTE, processing } from '../../support/factories.ts';
import {
  CALLER,
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
    desk: (desk) => ({
      look: (reader, id) => {
        looks.board += 1;
        return desk.look(reader, id);
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
  const waitFor = (
    of: string,
    seen: readonly string[],
    caller: Caller = CALLER,
    waitMs = WAIT_MS,
  ) => {
    const startedAt = world.clock.now();
    const answer = waitForStatus(caller, of, { seen, waitMs }).then((status) => ({
      ...status,
      afterMs: world.clock.now() - startedAt,
    }));
    // A refusal may come before the test asks for it.
    answer.catch(() => undefined);
    return answer;
  };
  const wait = (seenRev: number, waitMs = WAIT_MS) =>
    waitFor(id, seenRev === 0 ? [] : [String(seenRev)], CALLER, waitMs);
  return { ...world, id, submit, wait, waitFor, looks };
};

describe('waiting for a status', () => {
  it('answers at once when it changed since the caller looked', async () => {
    const world = await setup();
    world.submit();
    await drain(world);

    expect(await world.wait(1)).toMatchObject({ state: 'completed', afterMs: 0 });
  });

  it('answers at once when nothing can change any more', async () => {
    const world = await setup();
    world.submit();
    await drain(world);
    const { rev } = (await world.store.find(world.id))!;

    expect(await world.wait(rev)).toMatchObject({ rev, afterMs: 0 });
  });

  it.each([0, 1])('answers at the very next change (seen: %i)', async (seenRev) => {
    const world = await setup();
    const answer = world.wait(seenRev);
    await world.clock.advance(9_500);
    world.submit();
    await drain(world);

    expect(await answer).toMatchObject({ rev: 2, source: 'cache', afterMs: 9_500 });
    expect(world.board.listeners()).toBe(0);
  });

  it('answers when a step begins to run, which is no new revision', async () => {
    const world = await setup();
    const upload = processing();
    await world.board.show(documentOf(upload));
    const answer = world.waitFor(upload.id, ['2']);
    await world.clock.advance(1_500);
    const mark = { generation: 1, startedAt: world.clock.now(), attempt: 1, steps: ['one'] };
    await world.board.mark({ ...PRINCIPAL, uploadId: upload.id, ...mark });

    expect(await answer).toMatchObject({ rev: 2, running: { steps: 1 }, afterMs: 1_500 });
  });

  it('misses no change between looking and listening', async () => {
    let change: () => Promise<unknown> = async () => undefined;
    const world = await setup({
      bell: (bell) => ({
        async listen(ref) {
          await change();
          return bell.listen(ref);
        },
      }),
    });
    change = async () => {
      world.submit();
      await drain(world);
    };

    expect(await world.wait(1)).toMatchObject({ state: 'completed', afterMs: 0 });
  });

  it('makes up for rings that got lost', async () => {
    const world = await setup({
      bell: () => ({
        listen: async () => ({
          rung: (signal) =>
            new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
          isListening: () => true,
          close: () => undefined,
        }),
      }),
    });
    const answer = world.wait(1);
    await world.clock.advance(7_000);
    world.submit();
    await drain(world);
    await world.clock.advance(5_000);

    expect(await answer).toMatchObject({ state: 'completed', afterMs: 10_000 });
  });

  it('looks as often as ever when there is nothing to listen to, or no more', async () => {
    const world = await setup({ bell: () => ({ listen: async () => undefined }) });
    const answer = world.wait(1);
    await world.clock.advance(9_500);
    world.submit();
    await drain(world);
    await world.clock.advance(1_000);

    expect(await answer).toMatchObject({ state: 'completed', source: 'cache' });
    expect((await answer).afterMs).toBeLessThanOrEqual(10_500);
  });

  it('goes on looking when the bell goes deaf while it waits', async () => {
    const world = await setup();
    const answer = world.wait(1);
    await world.clock.advance(6_000);
    world.memory.board.silence(true);
    world.memory.board.silence(false);
    world.looks.board = 0;
    await world.clock.advance(4_000);
    expect(world.looks.board).toBeGreaterThanOrEqual(4);
    world.submit();
    await drain(world);
    await world.clock.advance(1_000);

    expect(await answer).toMatchObject({ state: 'completed' });
  });

  it('E2: ends when the session ends meanwhile', async () => {
    const world = await setup();
    let holds = true;
    const caller = { ...PRINCIPAL, confirm: async () => holds };
    const answer = world.waitFor(world.id, ['1'], caller);
    await world.clock.advance(6_000);
    holds = false;
    await world.clock.advance(5_000);

    await expect(answer).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(world.board.listeners()).toBe(0);
  });

  it('answers with what there is when the time is up, after a bounded number of looks', async () => {
    const world = await setup();
    const answer = world.wait(1);
    await world.clock.advance(WAIT_MS);

    expect(await answer).toMatchObject({ rev: 1, afterMs: WAIT_MS });
    expect(world.looks.board).toBeLessThanOrEqual(7);
    expect(world.board.listeners()).toBe(0);
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

    expect(await answer).toMatchObject({ state: 'completed', source: 'store' });
    expect(world.looks.store).toBeLessThan(20);
  });

  it('C13: reads the state once in two seconds while the board is silent', async () => {
    const world = await setup();
    world.memory.board.silence(true);
    const answer = world.wait(1);
    await world.clock.advance(WAIT_MS);

    expect(await answer).toMatchObject({ rev: 1, source: 'store' });
    expect(world.looks.store).toBeLessThanOrEqual(2 + WAIT_MS / 2_000);
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

    expect((await answer).rev).toBeGreaterThan(1);
  });

  it('does not wait at all when nobody asks for it', async () => {
    const world = await setup();

    expect(await world.wait(1, 0)).toMatchObject({ rev: 1, afterMs: 0 });
    expect(world.looks).toEqual({ board: 1, store: 0 });
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
