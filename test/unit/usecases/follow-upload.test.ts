import { describe, expect, it } from 'vitest';
import { documentOf } from '../../../shared/domain/status.ts';
import type { Caller } from '../../../shared/ports/session-verifier.ts';
import { createFollowUpload } from '../../../shared/usecases/follow-upload.ts';
import { ended, processing, succeeded } from '../../support/factories.ts';
import { CALLER, createMemoryWorld, drain, PRINCIPAL } from '../../support/memory-world.ts';

const setup = () => {
  const world = createMemoryWorld();
  const followUpload = createFollowUpload(world.deps);
  const leaving = new AbortController();
  /** What came so far, as tags; `end` resolves when nothing more comes. */
  const follow = (id: string, seen: readonly string[] = [], caller: Caller = CALLER) => {
    const came: string[] = [];
    const end = (async () => {
      for await (const answer of followUpload(caller, id, { seen, signal: leaving.signal })) {
        came.push(answer === 'quiet' ? 'quiet' : answer.tag);
      }
    })();
    end.catch(() => undefined);
    return { came, end };
  };
  return { ...world, follow, leaving };
};

describe('following an upload', () => {
  it('gives what is there, every change once, and ends with the end', async () => {
    const world = setup();
    const { id, submit } = await world.announce();
    const { came, end } = world.follow(id);
    await world.clock.advance(1_000);
    submit();
    await drain(world);
    await world.clock.advance(1_000);
    await end;

    const { rev, state } = (await world.store.find(id))!;
    const revs = came.map((tag) => Number(tag.split('-')[0]));
    expect(state).toBe('completed');
    expect(came[0]).toBe('1');
    expect(came.at(-1)).toBe(String(rev));
    expect(new Set(came).size).toBe(came.length);
    expect(revs).toEqual(revs.toSorted((one, other) => one - other));
    expect(world.board.listeners()).toBe(0);
  });

  it('goes on behind what the caller has seen, and says at once that it does', async () => {
    const world = setup();
    await world.board.show(documentOf(processing()));
    const { came } = world.follow(processing().id, ['2']);
    await world.clock.advance(1_000);
    expect(came).toEqual(['quiet']);

    await world.board.show(documentOf(processing({ rev: 3, outcomes: { one: succeeded() } })));
    await world.clock.advance(1_000);
    expect(came).toEqual(['quiet', '3']);
    world.leaving.abort();
  });

  it('gives what the caller missed, and nothing of what it has', async () => {
    const world = setup();
    await world.board.show(documentOf(ended('completed', { rev: 9 })));

    const missed = world.follow(processing().id, ['4']);
    const known = world.follow(processing().id, ['9']);
    await Promise.all([missed.end, known.end]);

    expect(missed.came).toEqual(['9']);
    expect(known.came).toEqual([]);
  });

  it('says that it is quiet every fifteen seconds, as long as it is', async () => {
    const world = setup();
    const { id } = await world.announce();
    const { came } = world.follow(id);

    await world.clock.advance(46_000);

    expect(came).toEqual(['1', 'quiet', 'quiet', 'quiet']);
    world.leaving.abort();
  });

  it('ends at once and in silence when the caller has left', async () => {
    const world = setup();
    const { id } = await world.announce();
    const { came, end } = world.follow(id);
    await world.clock.advance(1_000);

    world.leaving.abort();
    await end;

    expect(came).toEqual(['1']);
    expect(world.board.listeners()).toBe(0);
  });

  it('E2: ends when the session is ended', async () => {
    const world = setup();
    const { id } = await world.announce();
    let holds = true;
    const { end } = world.follow(id, [], { ...PRINCIPAL, confirm: async () => holds });
    await world.clock.advance(1_000);

    holds = false;
    await world.clock.advance(15_000);

    await expect(end).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('ends when the upload is deleted', async () => {
    const world = setup();
    const { id } = await world.announce();
    const { end } = world.follow(id);
    await world.clock.advance(1_000);

    await world.deleteUpload(PRINCIPAL, id, 'request-2');
    await world.clock.advance(1_000);

    await expect(end).rejects.toMatchObject({ code: 'not_found' });
  });

  it('E3: gives a stranger nothing but not_found', async () => {
    const world = setup();
    const { id } = await world.announce();
    const stranger = { tenant: 'other', owner: 'ann', confirm: async () => true };

    const { came, end } = world.follow(id, [], stranger);

    await expect(end).rejects.toMatchObject({ code: 'not_found' });
    expect(came).toEqual([]);
  });
});
