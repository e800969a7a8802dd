/** A zip that is unpacked, in the simulated world: at every effect in its life and its children's, every way in which it can go wrong, once each. */
import { afterAll, describe, expect, it } from 'vitest';
import { childrenIdOf } from '../../shared/domain/children.ts';
import { CHILDREN_STEP } from '../../shared/domain/plan.ts';
import { progressPercent } from '../../shared/domain/status.ts';
import { isDeleted, type Upload } from '../../shared/domain/upload.ts';
import { addClient } from './clients.ts';
import { createSingleFault, type EffectFault, profileNamed } from './faults.ts';
import { TENANT } from './people.ts';
import { settleWorld } from './run.ts';
import { createWorld, type World } from './world.ts';

const NEVER = -1;
/** Only against a hang: a busy machine may be ten times slower than an idle one. */
const TIMEOUT_MS = 300_000;

interface Life {
  readonly name: string;
  /** Two of four: an applied call whose caller dies is one whose answer is lost to it, and each fault costs a minute. */
  readonly faults: readonly EffectFault[];
  /** Every so-manieth effect: an erasure is many, alike for each child. */
  readonly every: number;
  /** When its owner deletes it, after the form was given away; never unless given. */
  readonly deletedAfterMs?: number;
}

const LIVES: readonly Life[] = [
  { name: 'is left to itself', faults: ['crash-before', 'lose-answer'], every: 1 },
  {
    name: 'is deleted while it is worked',
    faults: ['crash-before'],
    every: 3,
    deletedAfterMs: 4_000,
  },
];

/** A client who sends a zip of two files and one whose bytes are not those that the directory says, and may delete it. */
const addZipClient = (world: World, { deletedAfterMs }: Life): void => {
  const deletion = { when: { after: deletedAfterMs ?? 0 }, patience: 5, polls: 0 };
  addClient(world, {
    principal: { tenant: TENANT, owner: 'ann' },
    kind: 'plain',
    text: 'letter',
    zip: { kinds: ['plain', 'plain', 'plain'], isDamaged: true },
    sha256: 'none',
    startsAt: 0,
    submits: [{ after: 1_000 }],
    polls: 0,
    ...(deletedAfterMs === undefined ? {} : { deletion }),
  });
};

/** Sees that the progress of what is processed never goes back. */
const watchProgress = (world: World): void => {
  const { ledger } = world;
  const { row } = ledger;
  Object.assign(ledger, {
    row(before: Upload | undefined, after: Upload): void {
      row(before, after);
      if (before === undefined || isDeleted(after)) return;
      const [was, is] = [progressPercent(before), progressPercent(after)];
      if (is >= was) return;
      ledger.violate({ law: 'L5', uploadId: after.id, what: `progress from ${was} to ${is}` });
    },
  });
};

const live = async (life: Life, index: number, fault: EffectFault) => {
  const effects: string[] = [];
  const faults = createSingleFault(index, fault, { seen: effects, always: [] });
  const world = createWorld({ seed: 1, profile: profileNamed('calm'), faults });
  watchProgress(world);
  addZipClient(world, life);
  await settleWorld(world, false);
  const rows = world.truth.rows.uploads();
  const parents = rows.filter(({ group }) => group === undefined);
  return {
    effects,
    groups: world.truth.groups.groups(),
    violations: world.ledger.violations(),
    // A form whose answer got lost is asked for once more; the first upload expires.
    parent: parents.at(-1),
    children: rows.filter(({ group }) => group !== undefined),
    story: () => world.journal.entries().map(({ actor, what }) => `${actor} ${what}`),
  };
};

type Lived = Awaited<ReturnType<typeof live>>;

const expectWhole = ({ parent, children, groups }: Lived, point: string): void => {
  const states = { completed: 2, failed: 1 };
  expect(parent, point).toMatchObject({
    state: 'completed',
    outcomes: { [CHILDREN_STEP]: { state: 'succeeded', result: { count: 3, states } } },
  });
  expect(children, point).toHaveLength(3);
  const id = childrenIdOf({ uploadId: parent?.id ?? '', generation: 1 });
  expect(groups, point).toMatchObject([{ id, count: 3, ended: { states } }]);
  expect(groups[0], point).not.toHaveProperty('dueAt');
};

const expectGone = ({ parent, children, groups }: Lived, point: string): void => {
  for (const row of [parent, ...children]) {
    expect(row !== undefined && isDeleted(row), point).toBe(true);
    expect(row, point).not.toHaveProperty('erasure');
  }
  expect(groups, point).toEqual([]);
};

describe.each(LIVES)('a zip that $name', (life) => {
  const points = new Map<EffectFault, number>();

  it.each(life.faults)(
    'C1, C3: ends with its children, whole or not at all, with %s at its effects',
    async (fault) => {
      const clean = await live(life, NEVER, fault);
      expect(clean.effects).toEqual(
        expect.arrayContaining(['groups.create', 'objects.putIncoming']),
      );

      for (const [index, effect] of clean.effects.entries()) {
        if (index % life.every !== 0) continue;
        const lived = await live(life, index, fault);
        const point = `${fault} at effect ${index}, ${effect}\n${lived.story().join('\n')}`;

        expect(lived.violations, point).toEqual([]);
        if (life.deletedAfterMs === undefined) expectWhole(lived, point);
        else expectGone(lived, point);
        points.set(fault, (points.get(fault) ?? 0) + 1);
      }
      expect(points.get(fault)).toBe(Math.ceil(clean.effects.length / life.every));
    },
    TIMEOUT_MS,
  );

  afterAll(() => {
    const total = [...points.values()].reduce((sum, count) => sum + count, 0);
    console.log(`${total} points enumerated in the life of a zip that ${life.name}`);
  });
});
