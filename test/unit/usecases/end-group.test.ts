import { describe, expect, it } from 'vitest';
import { groupNotification } from '../../../shared/contracts/messages.ts';
import { NonRetryableError, RetryableError } from '../../../shared/domain/errors.ts';
import type { EndedUpload } from '../../../shared/domain/upload.ts';
import { createEndGroup, groupMessageFor } from '../../../shared/usecases/end-group.ts';
import { MINUTE } from '../../support/factories.ts';
import { createGroupWorld, type GroupWorld } from '../../support/group-world.ts';
import { drain, PRINCIPAL, type WorldOptions } from '../../support/memory-world.ts';
import { processor } from '../../support/processors.ts';

const CAUSE = { requestId: 'request-1', attempt: 1 };

const idOf = (created: Awaited<ReturnType<GroupWorld['create']>>, index: number): string =>
  created.uploads[index]!.status.id;

/** A group whose members have all ended, and whose arrivals nobody has seen. */
const endedMembers = async (options: WorldOptions = {}) => {
  let isDeaf = true;
  const world = createGroupWorld({
    ...options,
    groups: (memory) => {
      const groups = { ...memory, ...options.groups?.(memory) };
      return {
        ...groups,
        arrive: async (id, members) => (isDeaf ? undefined : groups.arrive(id, members)),
      };
    },
  });
  const created = await world.create(3);
  world.submit(created);
  await drain(world);
  isDeaf = false;
  const members = (await world.store.findAll(
    created.uploads.map(({ status }) => status.id),
  )) as EndedUpload[];
  return { ...world, created, members, endGroup: createEndGroup(world.deps) };
};

describe('the end of a group', () => {
  it('comes with the end of its last member, is told once, and says what became of each', async () => {
    const picky = processor('one', {
      run: async ({ source }) => {
        if (source.name === 'file 1.txt') throw new NonRetryableError('corrupt');
        return { ok: true };
      },
    });
    const world = createGroupWorld({ processors: [picky] });
    const created = await world.create(3);
    world.submit(created, 0, 1);
    await drain(world);
    expect(world.told()).toEqual([]);
    expect((await world.read(created.group.id)).status).toMatchObject({ state: 'open' });

    world.submit(created, 2);
    await drain(world);

    const { id } = created.group;
    expect(world.told()).toEqual([
      {
        ...{ v: 1, kind: 'group.ended', id, groupId: id, tenant: 'acme', owner: 'ann', count: 3 },
        states: { completed: 2, failed: 1 },
        endedAt: expect.any(String),
      },
    ]);
    expect(groupNotification.safeParse(world.told()[0]).success).toBe(true);
    const { status } = await world.read(id, 1);
    expect(status).toMatchObject({
      state: 'ended',
      progress: 100,
      states: { completed: 2, failed: 1 },
      endedAt: (world.told()[0] as { endedAt?: string }).endedAt,
    });
    expect(status.uploads[1]).toMatchObject({ state: 'failed', error: { code: 'corrupt' } });
  });

  it('comes too when files never come, and counts them', async () => {
    const world = createGroupWorld();
    const created = await world.create(3);
    world.submit(created, 1);
    await drain(world);

    await world.sweepFor(45);

    expect(world.told()).toMatchObject([{ states: { completed: 1, expired: 2 } }]);
  });

  it('C1: of last members at one instant is written once and told under one id', async () => {
    const { endGroup, members, told, groups } = await endedMembers();

    await Promise.all([...members, ...members].map((member) => endGroup.arrived(member, CAUSE)));

    expect(new Set(told().map(({ id }) => id)).size).toBe(1);
    expect(groups.groups()[0]).toMatchObject({
      arrived: [0, 1, 2],
      ended: { at: expect.any(Number) },
    });
    const before = told().length;
    await endGroup.arrived(members[0]!, CAUSE);
    expect(told()).toHaveLength(before);
  });

  it('is not told while a member that arrived is processed once more', async () => {
    const world = createGroupWorld();
    const created = await world.create(2);
    world.submit(created, 0);
    await drain(world);
    await world.reprocess(idOf(created, 0), { requestId: 'operator', attempt: 1 });
    const [held] = world.queue.receive('light');
    world.submit(created, 1);
    await drain(world);
    expect(world.told()).toEqual([]);

    world.queue.remove('light', held!.receiptHandle);
    await world.sweepFor(25);

    expect(world.told()).toMatchObject([{ states: { completed: 2 } }]);
  });

  it('waits for nobody who was deleted, before and after the end', async () => {
    const world = createGroupWorld();
    const created = await world.create(3);
    world.submit(created, 0);
    await drain(world);
    await world.deleteUpload(PRINCIPAL, idOf(created, 1), 'request-2');
    await drain(world);
    expect(world.told()).toEqual([]);

    await world.deleteUpload(PRINCIPAL, idOf(created, 2), 'request-3');
    await drain(world);

    expect(world.told()).toMatchObject([{ states: { completed: 1, gone: 2 } }]);
    await world.deleteUpload(PRINCIPAL, idOf(created, 0), 'request-4');
    await world.sweepFor(60);
    expect(world.told()).toHaveLength(1);
  });
});

/** What a member's end does to its group, in order. */
const EFFECTS = [
  ['groups', 'arrive'],
  ['store', 'findAll'],
  ['groups', 'end'],
  ['queue', 'send'],
  ['groups', 'settle'],
] as const;

describe('a crash at any effect of the end', () => {
  it.each(
    EFFECTS.flatMap((effect) => (['before', 'after'] as const).map((when) => [...effect, when])),
  )(
    'C3: of %s.%s, %s it, is recovered by the next delivery, with one end',
    async (port, method, when) => {
      let isArmed = false;
      const dying = (one: object) => {
        const act = Reflect.get(one, method) as (...given: unknown[]) => Promise<unknown>;
        return {
          [method]: async (...given: unknown[]) => {
            const dies = isArmed && (method !== 'send' || given[0] === 'notifications');
            if (dies) isArmed = false;
            if (dies && when === 'before') throw new RetryableError('store_unavailable');
            const answer = await act(...given);
            if (dies) throw new RetryableError('store_unavailable');
            return answer;
          },
        };
      };
      const { endGroup, members, told, groups } = await endedMembers({ [port]: dying });
      await endGroup.arrived(members[0]!, CAUSE);
      await endGroup.arrived(members[1]!, CAUSE);
      isArmed = true;

      await expect(endGroup.arrived(members[2]!, CAUSE)).rejects.toBeInstanceOf(RetryableError);
      const ended = groups.groups()[0]?.ended;
      await endGroup.arrived(members[2]!, CAUSE);

      const standing = groups.groups()[0];
      if (ended !== undefined) expect(standing?.ended).toEqual(ended);
      expect(standing).not.toHaveProperty('dueAt');
      expect(new Set(told().map((one) => JSON.stringify(one))).size).toBe(1);
    },
  );
});

describe('a group that nobody looks at any more', () => {
  it('C2: is found by the sweep, though every message of its members is lost', async () => {
    const world = await endedMembers();
    expect(world.told()).toEqual([]);

    await world.sweepFor(60);

    expect(world.told()).toMatchObject([{ states: { completed: 3 } }]);
    expect(world.groups.groups()[0]?.arrived).toEqual([0, 1, 2]);
  });

  it('C3: that ended and was not told of is told of by the sweep', async () => {
    const world = await endedMembers();
    await world.memory.groups.arrive(world.created.group.id, [0, 1, 2]);
    await world.memory.groups.end(world.created.group.id, { at: 1, states: { completed: 3 } });

    await world.sweepFor(60);

    expect(world.told()).toMatchObject([{ endedAt: '1970-01-01T00:00:00.001Z' }]);
    expect(world.groups.groups()[0]).not.toHaveProperty('dueAt');
  });

  it('C3: that ended is told of at once, though a member is processed once more by then', async () => {
    const world = await endedMembers();
    const { id } = world.created.group;
    await world.memory.groups.arrive(id, [0, 1, 2]);
    await world.memory.groups.end(id, { at: 1, states: { completed: 3 } });
    await world.reprocess(world.members[0]!.id, CAUSE);

    await world.endGroup.check(id, CAUSE);

    expect(world.told()).toMatchObject([{ states: { completed: 3 } }]);
  });

  it('C18: is looked at by one of two sweeps, and less often the longer it takes', async () => {
    const world = createGroupWorld();
    await world.create(1);
    const run = () => {
      const { signal } = new AbortController();
      return world.sweep({ requestId: 's', attempt: 1, signal, logger: world.logs });
    };
    world.clock.tick(51 * MINUTE);

    await Promise.all([run(), run()]);

    const asked = (world.bodies('finalize') as { kind: string }[]).filter(
      ({ kind }) => kind === 'group',
    );
    expect(asked).toHaveLength(1);
    expect(world.groups.groups()[0]?.drives).toBe(1);
    await run();
    expect(world.groups.groups()[0]?.drives).toBe(1);
  });
});

describe('a message about a group', () => {
  it('is harmless for one that is not there, is open, or was told of', async () => {
    const world = createGroupWorld();
    const created = await world.create(1);
    const ask = (id: string) => world.queue.send('finalize', [groupMessageFor(id)]);
    await ask('grp_unknown');
    await ask(created.group.id);
    await drain(world);
    expect(world.told()).toEqual([]);

    world.submit(created);
    await drain(world);
    await ask(created.group.id);
    await drain(world);

    expect(world.told()).toHaveLength(1);
    expect(world.queue.messages('finalize-dlq')).toEqual([]);
  });

  it('that only ever failed is worked once more when it is buried', async () => {
    const { groups, queue, created, told, ...world } = await endedMembers();
    queue.deliver('finalize-dlq', JSON.stringify(groupMessageFor(created.group.id)));

    await drain({ ...world, groups, queue });

    expect(told()).toHaveLength(1);
    expect(world.letters.all()).toEqual([]);
  });

  it('is kept as a letter under its queue when telling of it killed every teller', async () => {
    const world = await endedMembers();
    await world.endGroup.check(world.created.group.id, CAUSE);
    const [body] = world.told();
    world.queue.deliver('notifications-dlq', JSON.stringify(body));

    await drain(world);

    expect(world.letters.all()).toMatchObject([{ queue: 'notifications', code: 'crashed' }]);
  });
});
