/** Upload groups in the simulated world: at every effect in the life of a group, every way in which it can go wrong, once each. */
import { createHash } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { createMemoryIdempotencyStore } from '../../shared/adapters/memory/memory-idempotency-store.ts';
import { groupNotification } from '../../shared/contracts/messages.ts';
import { RetryableError } from '../../shared/domain/errors.ts';
import type { StateCounts } from '../../shared/domain/group.ts';
import { isLive } from '../../shared/domain/upload.ts';
import { type CreatedGroup, createCreateGroup } from '../../shared/usecases/create-group.ts';
import { sweepForGroups } from './due-groups.ts';
import { createSingleFault, type EffectFault, profileNamed } from './faults.ts';
import { depsOf } from './functions.ts';
import type { Invocation } from './invocation.ts';
import { TENANT } from './people.ts';
import { contentOf, type Kind } from './processors.ts';
import { settleWorld } from './run.ts';
import { createWorld, type World } from './world.ts';

const FAULTS = ['crash-before', 'crash-after', 'fail-before', 'lose-answer'] as const;
const NEVER = -1;
/** Only against a hang: a busy machine may be ten times slower than an idle one. */
const TIMEOUT_MS = 300_000;

interface Member {
  readonly kind: Kind;
  /** False: its file never comes. */
  readonly comes: boolean;
}

type Life = readonly [name: string, members: readonly Member[], states: StateCounts];

const LIVES: readonly Life[] = [
  [
    'whose files all come, one of them damaged',
    [
      { kind: 'plain', comes: true },
      { kind: 'picky', comes: true },
    ],
    { completed: 1, failed: 1 },
  ],
  [
    'of which one file never comes',
    [
      { kind: 'plain', comes: true },
      { kind: 'plain', comes: false },
    ],
    { completed: 1, expired: 1 },
  ],
];

const bytesOf = ({ kind }: Member, index: number): Buffer => contentOf(kind, `member ${index}`);

const fileOf = (member: Member, index: number) => {
  const bytes = bytesOf(member, index);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { declared: { name: `${index}.txt`, size: bytes.length, type: 'text/plain', sha256 } };
};

/** A client who sends the same request, with its key, until it is answered, and then the files. */
const addGroupClient = (world: World, members: readonly Member[]): void => {
  const { lambda, scheduler, stores, onLog, truth, declared } = world;
  const keys = createMemoryIdempotencyStore();
  const files = members.map(fileOf);
  const unavailable = async (): Promise<never> => {
    throw new RetryableError('store_unavailable', { detail: 'Injected.' });
  };
  const idempotencyOf = (inv: Invocation) => ({
    claim: (...claim: Parameters<typeof keys.claim>) =>
      inv.effect(
        { name: 'idempotency.claim', uploads: [] },
        () => keys.claim(...claim),
        unavailable,
      ),
  });
  const use = ({ uploads }: CreatedGroup): void => {
    for (const [index, { status, post }] of uploads.entries()) {
      const member = members[index];
      const file = files[index];
      if (member === undefined || file === undefined || post === undefined) continue;
      declared.set(status.id, file.declared);
      if (!member.comes) continue;
      scheduler.after(1_000, () => truth.bucket.submit(post, bytesOf(member, index)));
    }
  };
  const ask = (left: number): void =>
    lambda.invoke(
      { name: 'create-upload-group', timeoutSeconds: 20, uploads: [] },
      (inv) =>
        createCreateGroup({
          ...depsOf(inv, stores, onLog),
          idempotency: idempotencyOf(inv),
          typePolicy: 'accept',
        })({
          principal: { tenant: TENANT, owner: 'ann' },
          files,
          requestId: inv.id,
          key: 'key-1',
        }),
      (ended) => {
        if (ended.kind === 'answered') use(ended.answer);
        else if (left > 0) scheduler.after(5_000, () => ask(left - 1));
      },
    );
  ask(5);
};

/** Keeps what is told of groups apart from what is told of uploads, and sees that no member is live by then. */
const hearGroups = (world: World): readonly string[] => {
  const { ledger, truth } = world;
  const told: string[] = [];
  const { notified } = ledger;
  Object.assign(ledger, {
    notified(body: string): void {
      const parsed = groupNotification.safeParse(JSON.parse(body));
      if (!parsed.success) {
        notified(body);
        return;
      }
      told.push(body);
      const { groupId } = parsed.data;
      const live = truth.rows.uploads().find((row) => row.group?.id === groupId && isLive(row));
      if (live === undefined) return;
      ledger.violate({ law: 'L2', uploadId: live.id, what: `${groupId} was told while it lives` });
    },
  });
  return told;
};

const live = async ([, members]: Life, index: number, fault: EffectFault) => {
  const effects: string[] = [];
  const faults = createSingleFault(index, fault, { seen: effects, always: [] });
  const world = createWorld({ seed: 1, profile: profileNamed('calm'), faults });
  const told = hearGroups(world);
  addGroupClient(world, members);
  sweepForGroups(world);
  await settleWorld(world, false);
  return {
    effects,
    told,
    groups: world.truth.groups.groups(),
    violations: world.ledger.violations(),
    uploads: world.truth.rows.uploads(),
    story: () => world.journal.entries().map(({ actor, what }) => `${actor} ${what}`),
  };
};

describe.each(LIVES.map((life) => ({ life, name: life[0] })))(
  'the life of a group $name',
  ({ life, name }) => {
    const [, members, states] = life;
    const points = new Map<EffectFault, number>();

    it.each(FAULTS)(
      'C1, C3: ends once and is told under one id with %s at each of its effects',
      async (fault) => {
        const clean = await live(life, NEVER, fault);
        expect(clean.effects).toEqual(
          expect.arrayContaining(['groups.create', 'groups.arrive', 'groups.end', 'groups.settle']),
        );

        for (const [index, effect] of clean.effects.entries()) {
          const { groups, told, violations, uploads, story } = await live(life, index, fault);
          const point = `${fault} at effect ${index}, ${effect}\n${story().join('\n')}`;

          expect(violations, point).toEqual([]);
          expect(uploads, point).toHaveLength(members.length);
          expect(groups, point).toMatchObject([{ count: members.length, ended: { states } }]);
          expect(groups[0], point).not.toHaveProperty('dueAt');
          expect(new Set(told).size, point).toBe(1);
          points.set(fault, (points.get(fault) ?? 0) + 1);
        }
        expect(points.get(fault)).toBe(clean.effects.length);
      },
      TIMEOUT_MS,
    );

    afterAll(() => {
      const total = [...points.values()].reduce((sum, count) => sum + count, 0);
      console.log(`${total} points enumerated in the life of a group ${name}`);
    });
  },
);
