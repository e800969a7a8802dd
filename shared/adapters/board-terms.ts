/** How long what on the status board is kept, and which marks still mean something: the same for every board. */
import type { StatusDocument } from '../domain/status.ts';
import { TERMINAL_STATES } from '../domain/upload.ts';
import type { StepMark } from '../ports/status-board.ts';

const HOUR_MS = 60 * 60 * 1000;
/** Longer than an upload can stay live: four days in a queue, then about a day of re-drives. */
const LIVE_MS = 7 * 24 * HOUR_MS;
/** Who polls for longer after the end is answered by the state itself. */
const ENDED_MS = 24 * HOUR_MS;
/** A function ends after 15 minutes at the latest; a mark that is older belongs to a worker that died. */
const MARK_MS = 16 * 60 * 1000;

const isEnded = ({ status }: StatusDocument): boolean =>
  TERMINAL_STATES.some((state) => state === status.state);

export const keptMs = (document: StatusDocument): number =>
  isEnded(document) ? ENDED_MS : LIVE_MS;

/** Steps that may still be marked as running once `document` is shown. */
export const openSteps = (document: StatusDocument): readonly string[] =>
  isEnded(document)
    ? []
    : document.status.steps.filter(({ state }) => state === 'queued').map(({ name }) => name);

/** Marks of this generation that are young enough. */
export const marksOf = (
  document: StatusDocument,
  marks: Readonly<Record<string, StepMark>>,
  now: number,
): Readonly<Record<string, StepMark>> =>
  Object.fromEntries(
    Object.entries(marks).filter(
      ([, mark]) =>
        mark.generation === document.status.generation && mark.startedAt > now - MARK_MS,
    ),
  );
