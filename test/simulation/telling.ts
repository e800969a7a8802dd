/** Words for people: totals over many seeds, and the story of one that failed. */
import { EFFECT_FAULTS, WORLD_FAULTS } from './faults.ts';
import type { Report } from './run.ts';

export interface Totals {
  readonly picks: number;
  readonly virtualDays: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly coverage: Readonly<Record<string, number>>;
}

const addUp = (maps: readonly ReadonlyMap<string, number>[], names: readonly string[] = []) => {
  const sums: Record<string, number> = Object.fromEntries(names.map((name) => [name, 0]));
  for (const map of maps) {
    for (const [name, count] of map) sums[name] = (sums[name] ?? 0) + count;
  }
  return sums;
};

export const totalsOf = (reports: readonly Omit<Report, 'journal'>[]): Totals => ({
  picks: reports.reduce((sum, { picks }) => sum + picks, 0),
  virtualDays: reports.reduce((sum, { virtualMs }) => sum + virtualMs, 0) / 86_400_000,
  faults: addUp(
    reports.map(({ faults }) => faults),
    [...EFFECT_FAULTS, ...WORLD_FAULTS],
  ),
  coverage: addUp(reports.map(({ coverage }) => coverage)),
});

const table = (title: string, counts: Readonly<Record<string, number>>): readonly string[] => [
  `\n${title}`,
  ...Object.entries(counts)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, count]) => `${String(count).padStart(9)}  ${name}`),
];

export const coverageLines = ({
  picks,
  virtualDays,
  faults,
  coverage,
}: Totals): readonly string[] => [
  ...table('Faults injected', faults),
  ...table('Paths taken', coverage),
  `\n${picks} moments, ${virtualDays.toFixed(0)} virtual days`,
];

/** What the violated upload lived through, and how to see it again. */
export const storyOf = ({ seed, profile, violations, journal }: Report): string => {
  const [violation] = violations;
  if (violation === undefined) return `Seed ${seed} holds.`;
  const { law, uploadId, what } = violation;
  const lines = uploadId === '' ? [] : journal.story(uploadId);
  return [
    `\nSeed ${seed} (${profile}) violates ${law}: ${uploadId} ${what}`,
    ...lines,
    `Again: npm run simulate -- --seed ${seed} --profile ${profile}`,
  ].join('\n');
};
