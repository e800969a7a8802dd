/**
 * What an upload is told of its children, in its own row: now and then how many have ended, and, as the outcome of the step
 * that waits for them, that all have.
 */
import { ENTRIES_STEP, isWorthTelling, type Run } from '../domain/children.ts';
import { nextDriveAt } from '../domain/due.ts';
import type { Group, GroupEnd } from '../domain/group.ts';
import { CHILDREN_STEP, type StepSucceeded } from '../domain/plan.ts';
import { documentOf } from '../domain/status.ts';
import { transition } from '../domain/transition.ts';
import type { Cause, Upload } from '../domain/upload.ts';
import type { DriveDeps, DriveForward } from './drive-forward.ts';

export interface TellParentDeps extends DriveDeps {
  readonly driveForward: DriveForward;
}

export interface TellParent {
  /** That all have ended, and what became of them. Safe to repeat: the first outcome stands. */
  ended(run: Run, end: GroupEnd, cause: Cause): Promise<void>;
  /** How far they are, if that is worth a write. Whoever loses many races leaves it to the next. */
  progressed(run: Run, children: Group, cause: Cause): Promise<void>;
}

/** Other children tell at the same moment. */
const MAX_RACES = 8;

/** How long they took, from when all of them had been made. */
const outcomeOf = (parent: Upload | undefined, { at, states }: GroupEnd, cause: Cause) => {
  const madeAt = parent?.outcomes[ENTRIES_STEP]?.at ?? at;
  const count = Object.values(states).reduce((sum, some = 0) => sum + some, 0);
  return {
    state: 'succeeded',
    at,
    durationMs: Math.max(0, at - madeAt),
    ...cause,
    result: { count, states },
    files: [],
  } satisfies StepSucceeded;
};

export const createTellParent = (deps: TellParentDeps): TellParent => {
  const { store, board, clock, driveForward } = deps;
  return {
    async ended({ uploadId, generation }, end, cause) {
      const outcome = outcomeOf(await store.find(uploadId), end, cause);
      const at = clock.now();
      const outcomes = { [CHILDREN_STEP]: outcome };
      const dueAt = nextDriveAt(at, 0);
      const answer = await store.recordOutcomes({ uploadId, generation, outcomes, at, dueAt });
      if (answer.kind === 'refused') return;
      await board.show(documentOf(answer.upload));
      await driveForward(answer.upload, cause, { after: new Set([CHILDREN_STEP]) });
    },
    async progressed({ uploadId, generation }, children, cause) {
      if (!isWorthTelling(children)) return;
      const told = { type: 'children_told', generation, ended: children.arrived.length } as const;
      let parent = await store.find(uploadId);
      for (let race = 0; race < MAX_RACES && parent !== undefined; race += 1) {
        const result = transition(parent, told, { at: clock.now(), cause });
        if ('refused' in result) return;
        const answer = await store.put(result.next);
        if (answer.kind === 'written') {
          await board.show(documentOf(result.next));
          return;
        }
        parent = answer.current;
      }
    },
  };
};
