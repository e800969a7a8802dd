/** Careful reading of outcomes: their shape belongs to a processor that may be newer than this page. */

export type Outcome = Readonly<Record<string, unknown>>;

export const isOutcome = (value: unknown): value is Outcome =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const textIn = (outcome: Outcome, name: string): string | undefined => {
  const value = outcome[name];
  return typeof value === 'string' ? value : undefined;
};

export const numberIn = (outcome: Outcome, name: string): number | undefined => {
  const value = outcome[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
};

export const isTrueIn = (outcome: Outcome, name: string): boolean => outcome[name] === true;

export const textsIn = (outcome: Outcome, name: string): readonly string[] => {
  const value = outcome[name];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
};

export const outcomesIn = (outcome: Outcome, name: string): readonly Outcome[] => {
  const value = outcome[name];
  return Array.isArray(value) ? value.filter(isOutcome) : [];
};

/** Members that are numbers above zero, largest first. */
export const countsIn = (
  outcome: Outcome,
  name: string,
): readonly (readonly [string, number])[] => {
  const value = outcome[name];
  if (!isOutcome(value)) return [];
  return Object.entries(value)
    .filter((pair): pair is [string, number] => typeof pair[1] === 'number' && pair[1] > 0)
    .toSorted(([, one], [, other]) => other - one);
};
