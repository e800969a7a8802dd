/** How long what on the status board is kept, and which marks still mean something: the same for every board. */
import type { ReadyStatus, StepMarks } from '../domain/ready-status.ts';
import { isLiveState } from '../domain/upload.ts';

const HOUR_MS = 60 * 60 * 1000;
/** Longer than an upload can stay live: four days in a queue, then about a day of re-drives. */
const LIVE_MS = 7 * 24 * HOUR_MS;
/** Who polls for longer after the end is answered by the state itself. */
const ENDED_MS = 24 * HOUR_MS;
/** A function ends after 15 minutes at the latest; a mark that is older belongs to a worker that died. */
const MARK_MS = 16 * 60 * 1000;

/** A lease is asked for what is left of an invocation: one that lasts longer, or for ever, is none of ours. */
export const LONGEST_LEASE_MS = 15 * 60 * 1000;

export const keptMs = ({ state }: ReadyStatus): number => (isLiveState(state) ? LIVE_MS : ENDED_MS);

/** Marks of this generation, of steps that are open, and young enough. */
export const marksOf = (
  { generation, openSteps }: ReadyStatus,
  marks: StepMarks,
  now: number,
): StepMarks => {
  const open = new Set(openSteps.map(({ name }) => name));
  return Object.fromEntries(
    Object.entries(marks).filter(
      ([step, mark]) =>
        open.has(step) && mark.generation === generation && mark.startedAt > now - MARK_MS,
    ),
  );
};
