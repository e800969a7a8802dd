/** Ids are 128 bits in 26 characters; a seed repeats everything, the system nothing. */
import { expect, it } from 'vitest';
import { crockford } from '../../../shared/adapters/crockford.ts';
import { dueShardOf } from '../../../shared/adapters/due-shard.ts';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import { createSystemRandom } from '../../../shared/adapters/system-random.ts';

const ID = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;

it('spells all bits of the bytes, most significant first', () => {
  expect(crockford(new Uint8Array(16))).toBe('0'.repeat(26));
  expect(crockford(new Uint8Array(16).fill(255))).toBe(`7${'z'.repeat(25)}`);
  const one = new Uint8Array(16);
  one[15] = 1;
  expect(crockford(one)).toBe(`${'0'.repeat(25)}1`);
});

it.each([
  ['system', () => createSystemRandom()],
  ['seeded', () => createSeededRandom(42)],
])('%s randomness makes different ids and fractions below one', (_, create) => {
  const random = create();
  const ids = Array.from({ length: 1_000 }, () => random.id());
  expect(new Set(ids).size).toBe(1_000);
  for (const id of ids) expect(id).toMatch(ID);
  const fractions = Array.from({ length: 1_000 }, () => random.fraction());
  expect(Math.min(...fractions)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...fractions)).toBeLessThan(1);
  const mean = fractions.reduce((sum, fraction) => sum + fraction, 0) / fractions.length;
  expect(mean).toBeGreaterThan(0.4);
  expect(mean).toBeLessThan(0.6);
});

it('a seed repeats everything, another seed nothing', () => {
  const draw = (seed: number) => {
    const random = createSeededRandom(seed);
    return [random.id(), random.fraction(), random.below(1_000), random.chance(0.5)];
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)[0]).not.toBe(draw(8)[0]);
});

it('spreads uploads over all shards of the due index, always the same way', () => {
  const random = createSeededRandom(1);
  const counts = [0, 0, 0, 0];
  for (let n = 0; n < 2_000; n += 1) {
    const id = `upl_${random.id()}`;
    const shard = dueShardOf(id);
    expect(dueShardOf(id)).toBe(shard);
    counts[shard] = (counts[shard] ?? 0) + 1;
  }
  expect(counts).toHaveLength(4);
  for (const count of counts) expect(count).toBeGreaterThan(400);
});
