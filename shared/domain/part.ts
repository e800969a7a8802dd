/** A part of a file that is too big for one step: how many there are, and how the steps that work on them are called. */

export interface Part {
  /** From 0, in the order of the file's bytes. */
  readonly index: number;
  readonly count: number;
}

/** Outcomes of all parts stand in the upload's row, and their results travel in one message. */
export const MAX_PARTS = 32;

const PART_NAME = /^(.+)-part-(\d+)-of-(\d+)$/;

/** `table-profile-part-3-of-20`; nothing else says which part a step is of. */
export const partStepName = (step: string, { index, count }: Part): string =>
  `${step}-part-${index + 1}-of-${count}`;

/** The step that a step works on a part for, and the part; undefined for a step that is not one of those. */
export const partStepIn = (
  name: string,
): { readonly step: string; readonly part: Part } | undefined => {
  const [, step, number, count] = PART_NAME.exec(name) ?? [];
  if (step === undefined) return undefined;
  const part = { index: Number(number) - 1, count: Number(count) };
  const isPart = part.count <= MAX_PARTS && part.index >= 0 && part.index < part.count;
  return isPart ? { step, part } : undefined;
};

/** The names of all parts of a step, in order. */
export const partStepNames = (step: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => partStepName(step, { index, count }));

/** Those of `names` that are parts of a step, in order. */
export const partStepsAmong = (names: readonly string[], step: string): readonly string[] =>
  names
    .flatMap((name) => {
      const found = partStepIn(name);
      return found?.step === step ? [{ name, at: found.part.index }] : [];
    })
    .sort((left, right) => left.at - right.at)
    .map(({ name }) => name);

/** Whether what a step wrote is for people: what it wrote of a part is for the step that puts the parts together. */
export const isShownStep = (name: string): boolean => partStepIn(name) === undefined;
