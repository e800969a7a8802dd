/** Every bench by its name, loaded when it is asked for: no bench pays for another's libraries. */
import type { Bench } from './bench.ts';

const BENCHES: Readonly<Record<string, () => Promise<{ readonly bench: Bench }>>> = {
  coordination: () => import('../coordination.ts'),
  'redis-cost': () => import('../redis-cost.ts'),
  status: () => import('../status.ts'),
  'cold-start': () => import('../cold-start.ts'),
  digest: () => import('../digest.ts'),
  sniff: () => import('../sniff.ts'),
  thumbnail: () => import('../thumbnail.ts'),
  'zip-listing': () => import('../zip-listing.ts'),
  'pdf-text': () => import('../pdf-text.ts'),
  calls: () => import('../calls.ts'),
  cost: () => import('../cost.ts'),
  'end-to-end': () => import('../end-to-end.ts'),
  memory: () => import('../memory.ts'),
  huge: () => import('../huge.ts'),
  table: () => import('../table.ts'),
  'warm-latency': () => import('../warm-latency.ts'),
};

/** In the order in which they stand in docs/performance.md. */
export const benchNames: readonly string[] = Object.keys(BENCHES);

/** Those that run only when they are named: by themselves they take as long as all the others. */
const EXTRAS: ReadonlySet<string> = new Set(['huge']);

/** What runs when none is named, within a quarter of an hour on a calm machine. */
export const usualBenches: readonly string[] = benchNames.filter((name) => !EXTRAS.has(name));

/** @throws Error naming the known ones. */
export const benchNamed = async (name: string): Promise<Bench> => {
  const load = BENCHES[name];
  if (load === undefined) {
    throw new Error(`There is no bench "${name}". There are: ${benchNames.join(', ')}.`);
  }
  return (await load()).bench;
};
