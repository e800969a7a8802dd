/** Enumerated, not sampled: at every effect in the life of an upload, every way in which it can go wrong, once each. */
import { afterAll, describe, expect, it } from 'vitest';
import { isDeleted, type Upload } from '../../shared/domain/upload.ts';
import { addBucketKey } from './actors.ts';
import { addClient } from './clients.ts';
import { contentOf, type Kind } from './contents.ts';
import type { DeletionPlan } from './deletions.ts';
import { createSingleFault, type EffectFault, profileNamed, type WorldFault } from './faults.ts';
import { TENANT } from './people.ts';
import { settleWorld } from './run.ts';
import { createWorld, type World } from './world.ts';

const FAULTS = ['crash-before', 'crash-after', 'fail-before', 'lose-answer'] as const;
const CALM = profileNamed('calm');
const NEVER = -1;
/** Only against a hang: a busy machine may be ten times slower than an idle one. */
const TIMEOUT_MS = 300_000;

const principal = { tenant: TENANT, owner: 'ann' };

const client = (kind: Kind) => (world: World) =>
  addClient(world, {
    ...{ principal, kind, text: 'enumerated', sha256: 'right', startsAt: 0, polls: 0 },
    submits: [{ after: 1000 }],
  });

const DELETION = { patience: 5, polls: 0 } as const;

/** A client that takes its upload back at `when`. */
const deleting =
  (kind: Kind, when: DeletionPlan['when'], submits: readonly number[] = [1000]) =>
  (world: World) =>
    addClient(world, {
      ...{ principal, kind, text: 'enumerated', sha256: 'right', startsAt: 0, polls: 0 },
      submits: submits.map((after) => ({ after })),
      deletion: { ...DELETION, when },
    });

const deletingParts = (world: World) =>
  addClient(world, {
    ...{ principal, kind: 'plain', text: 'enumerated', sha256: 'none', startsAt: 0, polls: 0 },
    submits: [],
    parts: { after: 500, pause: 500, steps: 3 },
    deletion: { ...DELETION, when: { effect: 'parts.completeParts', nth: 1 } },
  });

const abandoned = (world: World) =>
  addClient(world, {
    ...{ principal, kind: 'plain', text: 'enumerated', sha256: 'right', startsAt: 0, polls: 0 },
    submits: [],
  });

type Life = readonly [name: string, fill: (world: World) => void, always?: readonly WorldFault[]];

const LIVES: readonly Life[] = [
  ['a file of one step', client('plain')],
  ['a file of steps in both lanes, with derived files', client('dag')],
  ['a file with a step that fails and one that is skipped', client('picky')],
  ['a file that is worked in parts', client('split')],
  [
    'an object of the bucket, overwritten while it is processed',
    (world) =>
      addBucketKey(world, {
        tenant: TENANT,
        key: `incoming/${TENANT}/enumerated`,
        acts: [
          { at: 0, act: 'put', bytes: contentOf('dag', 'first') },
          { at: 1500, act: 'put', bytes: contentOf('dag', 'second') },
        ],
        polls: 0,
      }),
  ],
  [
    'an object of the bucket, overwritten after its end',
    (world) =>
      addBucketKey(world, {
        tenant: TENANT,
        key: `incoming/${TENANT}/enumerated`,
        acts: [
          { at: 0, act: 'put', bytes: contentOf('plain', 'first') },
          { at: 60_000, act: 'put', bytes: contentOf('picky', 'second') },
        ],
        polls: 0,
      }),
  ],
  [
    'a file that was sent before, whose outcomes are taken over',
    (world) => {
      for (const startsAt of [0, 60_000]) {
        addClient(world, {
          ...{ principal, kind: 'dag', text: 'enumerated', sha256: 'right', startsAt, polls: 0 },
          submits: [{ after: 1000 }],
        });
      }
    },
  ],
  ['an upload whose file never comes', abandoned],
  ['an upload whose event is lost', client('plain'), ['lost-event']],
  [
    'an object of the bucket whose event is lost',
    (world) =>
      addBucketKey(world, {
        tenant: TENANT,
        key: `incoming/${TENANT}/enumerated`,
        acts: [{ at: 0, act: 'put', bytes: contentOf('plain', 'first') }],
        polls: 0,
      }),
    ['lost-event'],
  ],
  [
    'an upload that is deleted while it is processed',
    deleting('dag', { effect: 'objects.putResult', nth: 2 }),
  ],
  [
    'an upload that is deleted while it is finalized',
    deleting('plain', { effect: 'store.put', nth: 2 }),
  ],
  ['an upload that is deleted after its end', deleting('picky', { after: 60_000 })],
  ['an upload that is deleted before its file comes', deleting('plain', { after: 0 }, [1000])],
  ['an upload that is deleted while its parts are put together', deletingParts],
];

/** Nothing else can be told of a deleted upload: what it was when it was deleted depends on the fault. */
const DELETED = { state: 'deleted' } as const;

/** How an upload ended, without the moments and attempts that a fault may change. */
const endingOf = ({ state, type, plan, outcomes, ...row }: Upload) => ({
  state,
  type,
  eTag: row.object?.eTag,
  failure: 'failure' in row ? row.failure : undefined,
  steps: plan.map(({ name }) => {
    const outcome = outcomes[name];
    return outcome?.state === 'succeeded'
      ? { name, result: outcome.result, files: outcome.files.map((file) => file.name) }
      : { name, state: outcome?.state, code: outcome?.code };
  }),
});

const live = async ([, fill, always = []]: Life, index: number, fault: EffectFault) => {
  const effects: string[] = [];
  const faults = createSingleFault(index, fault, { seen: effects, always });
  const world = createWorld({ seed: 1, profile: CALM, faults });
  fill(world);
  await settleWorld(world, false);
  const rows = world.truth.rows.uploads();
  return {
    effects,
    violations: world.ledger.violations(),
    endings: rows.flatMap((row): object[] => {
      if (isDeleted(row)) return [DELETED];
      return row.object === undefined ? [] : [endingOf(row)];
    }),
    // A client whose request died before it was answered tried again; what it left behind must have expired.
    others: rows
      .filter((row) => row.object === undefined && !isDeleted(row))
      .map(({ state }) => state),
    story: () => world.journal.entries().map(({ actor, what }) => `${actor} ${what}`),
  };
};

describe.each(LIVES.map((life) => ({ life, name: life[0] })))(
  'the life of $name',
  ({ life, name }) => {
    const points = new Map<EffectFault, number>();

    it.each(FAULTS)(
      'holds and ends alike with %s at each of its effects',
      async (fault) => {
        const clean = await live(life, NEVER, fault);
        expect(clean.violations).toEqual([]);
        expect(clean.effects.length).toBeGreaterThan(10);

        for (const [index, effect] of clean.effects.entries()) {
          const faulty = await live(life, index, fault);
          const point = `${fault} at effect ${index}, ${effect}`;

          expect(faulty.effects[index], point).toBe(effect);
          if (faulty.violations.length > 0) {
            expect.fail([point, ...faulty.story()].join('\n'));
          }
          expect(faulty.endings, point).toEqual(clean.endings);
          expect(
            faulty.others.every((state) => state === 'expired'),
            point,
          ).toBe(true);
          points.set(fault, (points.get(fault) ?? 0) + 1);
        }
        expect(points.get(fault)).toBe(clean.effects.length);
      },
      TIMEOUT_MS,
    );

    afterAll(() => {
      const total = [...points.values()].reduce((sum, count) => sum + count, 0);
      console.log(`${total} points enumerated in the life of ${name}`);
    });
  },
);
