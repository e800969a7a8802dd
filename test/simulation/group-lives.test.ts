/** Upload groups in the simulated world: at every effect in the life of a group, every way in which it can go wrong, once each. */
import { afterAll, describe, expect, it } from 'vitest';
import type { StateCounts } from '../../shared/domain/group.ts';
import { createSingleFault, type EffectFault, profileNamed } from './faults.ts';
import { addGroupClient, type Member } from './group-clients.ts';
import { TENANT } from './people.ts';
import { settleWorld } from './run.ts';
import { createWorld } from './world.ts';

const FAULTS = ['crash-before', 'crash-after', 'fail-before', 'lose-answer'] as const;
const NEVER = -1;
/** Only against a hang: a busy machine may be ten times slower than an idle one. */
const TIMEOUT_MS = 300_000;

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

const live = async ([, members]: Life, index: number, fault: EffectFault) => {
  const effects: string[] = [];
  const faults = createSingleFault(index, fault, { seen: effects, always: [] });
  const world = createWorld({ seed: 1, profile: profileNamed('calm'), faults });
  const principal = { tenant: TENANT, owner: 'ann' };
  addGroupClient(world, { principal, startsAt: 0, members });
  await settleWorld(world, false);
  return {
    effects,
    told: [...world.toldGroups.values()],
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
          expect(told, point).toMatchObject([{ size: 1 }]);
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
