/** What a listing cannot tell apart: two versions of one key, written within one second, with the same bytes. */
import { expect, it } from 'vitest';
import { addBucketKey } from './actors.ts';
import { contentOf } from './contents.ts';
import { createSingleFault, type FaultPlan, profileNamed } from './faults.ts';
import { TENANT } from './people.ts';
import { settleWorld } from './run.ts';
import { createWorld } from './world.ts';

const NEVER = -1;
const KEY = `incoming/${TENANT}/same-second`;

/** No fault, but that every event after the first gets lost. */
const losingLaterEvents = (): FaultPlan => {
  let events = 0;
  return {
    ...createSingleFault(NEVER, 'fail-before', { seen: [], always: [] }),
    happens(fault) {
      if (fault !== 'lost-event') return false;
      events += 1;
      return events > 1;
    },
  };
};

const live = async (...writes: readonly (readonly [at: number, text: string])[]) => {
  const world = createWorld({
    seed: 1,
    profile: profileNamed('calm'),
    faults: losingLaterEvents(),
  });
  const acts = writes.map(([at, text]) => {
    return { at, act: 'put' as const, bytes: contentOf('plain', text) };
  });
  addBucketKey(world, { tenant: TENANT, key: KEY, acts, polls: 0 });
  await settleWorld(world, false);
  const [row] = world.truth.rows.uploads();
  return {
    generation: row?.generation,
    shown: row?.object?.versionId,
    versions: world.truth.bucket.versions(KEY).map(({ versionId }) => versionId),
    violations: world.ledger.violations(),
    coverage: world.ledger.coverage(),
  };
};

it('A17: a version of which no event comes is found, also when it came within the second', async () => {
  const { generation, shown, versions, violations } = await live([0, 'one'], [300, 'two']);

  expect(violations).toEqual([]);
  expect(generation).toBe(2);
  expect(shown).toBe(versions[1]);
});

it('A17: a version that its second has overwritten with bytes already processed is what is shown', async () => {
  const writes = [
    [0, 'one'],
    [300, 'two'],
    [600, 'one'],
  ] as const;

  const { generation, shown, versions, violations, coverage } = await live(...writes);

  expect(violations).toEqual([]);
  expect(generation).toBe(1);
  expect(shown).toBe(versions[0]);
  expect(coverage.get('ignored: overwritten within its second by bytes already processed')).toBe(1);
});

it('A17: the same bytes a second later are another version, and are processed', async () => {
  const { generation, shown, versions, violations } = await live(
    ...([
      [0, 'one'],
      [300, 'two'],
      [1_600, 'one'],
    ] as const),
  );

  expect(violations).toEqual([]);
  expect(generation).toBe(2);
  expect(shown).toBe(versions[2]);
});
