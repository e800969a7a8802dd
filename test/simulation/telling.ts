/** Words for people: totals over many seeds, and the story of one that failed. */
import { EFFECT_FAULTS, WORLD_FAULTS } from './faults.ts';
import type { Report } from './run.ts';

export interface Totals {
  readonly picks: number;
  readonly virtualDays: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly coverage: Readonly<Record<string, number>>;
}

const addTo = (sums: Record<string, number>, counts: ReadonlyMap<string, number>): void => {
  for (const [name, count] of counts) sums[name] = (sums[name] ?? 0) + count;
};

/** Adds up reports one by one and keeps none of them, so that any number fits. */
export const createTotals = () => {
  const faults: Record<string, number> = Object.fromEntries(
    [...EFFECT_FAULTS, ...WORLD_FAULTS].map((fault) => [fault, 0]),
  );
  const coverage: Record<string, number> = {};
  let picks = 0;
  let virtualMs = 0;
  return {
    add(report: Omit<Report, 'journal'>): void {
      addTo(faults, report.faults);
      addTo(coverage, report.coverage);
      picks += report.picks;
      virtualMs += report.virtualMs;
    },
    totals: (): Totals => ({ picks, virtualDays: virtualMs / 86_400_000, faults, coverage }),
  };
};

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
