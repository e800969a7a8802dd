/** Whether what was made of a file may be handed out: where there is a scanner, only once it found the file clean. */
import type { Outcomes, Plan } from './plan.ts';

/** The step that says whether a file is clean. */
export const SCAN_STEP = 'malware-scan';

/** `pending` may still become one of the others; they are final within a generation. */
export type Release = 'released' | 'pending' | 'withheld';

interface Scanned {
  readonly plan: Plan;
  readonly outcomes: Outcomes;
}

/** A file that nobody set out to scan is released, and so is one of a deployment without a scanner. */
export const releaseOf = ({ plan, outcomes }: Scanned): Release => {
  if (!plan.some(({ name }) => name === SCAN_STEP)) return 'released';
  const outcome = outcomes[SCAN_STEP];
  if (outcome === undefined) return 'pending';
  const isFree =
    outcome.state === 'succeeded' ||
    (outcome.state === 'skipped' && outcome.code === 'not_configured');
  return isFree ? 'released' : 'withheld';
};
