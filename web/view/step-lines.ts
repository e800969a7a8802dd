/** The steps of an upload as people follow them: those on parts of the file are one line, which says how many are done. */
import { partStepIn } from '../../shared/domain/part.ts';
import type { StepStatus } from '../../shared/domain/status.ts';
import { stepTitle } from '../words.ts';
import { stepLine } from './steps.ts';

/** The state of all parts together is that of the one that is worst off. */
const STATES = ['failed', 'running', 'queued', 'skipped', 'succeeded'] as const;

const foldedLine = (parts: readonly StepStatus[], step: string, said: string | undefined) => {
  const done = parts.filter(({ state }) => state === 'succeeded').length;
  const title = `${stepTitle(step)}, ${done} of ${parts.length} parts`;
  const [worst] = STATES.flatMap((state) => parts.find((part) => part.state === state) ?? []);
  if (worst === undefined) throw new Error('There are no parts.');
  // How long one of them took says nothing about all.
  const { durationMs: _, ...shown } = worst;
  return stepLine(shown, said, title);
};

/** @param said what already stands above the steps. */
export const stepLines = (
  steps: readonly StepStatus[],
  said: string | undefined,
): HTMLLIElement[] => {
  const partsOf = new Map<string, StepStatus[]>();
  for (const step of steps) {
    const whole = partStepIn(step.name)?.step;
    if (whole !== undefined) partsOf.set(whole, [...(partsOf.get(whole) ?? []), step]);
  }
  return steps.flatMap((step) => {
    if (partStepIn(step.name) !== undefined) return [];
    const parts = partsOf.get(step.name);
    const line = stepLine(step, said);
    return parts === undefined ? [line] : [foldedLine(parts, step.name, said), line];
  });
};
