/** Works one lane message: its steps side by side over one read, their outcomes in one write, then what follows from them. */
import type { LaneMessage } from '../contracts/messages.ts';
import type { Override, TenantBudget } from '../domain/budget.ts';
import { nextDriveAt } from '../domain/due.ts';
import { RetryableError } from '../domain/errors.ts';
import { partStepIn } from '../domain/part.ts';
import type { Outcomes, StepOutcome } from '../domain/plan.ts';
import { documentOf } from '../domain/status.ts';
import { isLive, type ProcessingUpload, type Upload } from '../domain/upload.ts';
import type { ContentIndex } from '../ports/content-index.ts';
import type { MalwareScanner } from '../ports/malware-scanner.ts';
import type { Random } from '../ports/random.ts';
import type { HeldLease, MarkedStep } from '../ports/status-board.ts';
import { type Processor, readsWhole } from '../processors/processor.ts';
import { clearAfterWorker } from './clear-after-worker.ts';
import { type DriveDeps, type DriveForward, finalizeMessageFor } from './drive-forward.ts';
import type { MakeChildrenDeps } from './make-children.ts';
import { causeOf, type RecordMeta } from './record-meta.ts';
import { createReuseOutcomes } from './reuse-outcomes.ts';
import { createRunStep, failedWith, type StepResult } from './run-step.ts';
import { createSharedRead } from './shared-read.ts';
import { createBudgetOf, type TenantBudgetsDeps } from './tenant-budgets.ts';

export interface RunStepsDeps extends DriveDeps, MakeChildrenDeps, TenantBudgetsDeps {
  readonly contents: ContentIndex;
  readonly driveForward: DriveForward;
  readonly processorNamed: (name: string) => Processor | undefined;
  readonly random: Random;
  readonly scanner?: MalwareScanner | undefined;
}

/** One delivery of a message, and the lease that is held for it; without one somebody else seems to work on it. */
interface Turn {
  readonly meta: RecordMeta;
  readonly lease?: HeldLease;
  readonly marks: MarkedStep | undefined;
}

export type RunSteps = (message: LaneMessage, meta: RecordMeta) => Promise<void>;

/** Of steps that begin now; of a message of before, whose owner it does not say, nothing is marked. */
const marksOf = (
  message: LaneMessage,
  { attempt }: RecordMeta,
  startedAt: number,
): MarkedStep | undefined => {
  const { tenant, owner, uploadId, generation, steps } = message;
  if (owner === undefined) return undefined;
  return { tenant, owner, uploadId, generation, startedAt, attempt, steps };
};

/** What is still to do for a message that came before, or whose work somebody else may have done. */
interface Remaining {
  readonly upload: ProcessingUpload;
  readonly steps: readonly string[];
}

type StepResults = ReadonlyMap<string, StepResult>;

/** An earlier delivery may have ended the upload, and died before it told anybody. */
const tellIfEnded = async (
  { queue }: RunStepsDeps,
  upload: Upload | undefined,
  { generation }: LaneMessage,
): Promise<void> => {
  if (upload === undefined || isLive(upload) || upload.generation !== generation) return;
  await queue.send('finalize', [finalizeMessageFor(upload.id, generation)], upload.tenant);
};

const remainingOf = async (
  deps: RunStepsDeps,
  message: LaneMessage,
): Promise<Remaining | undefined> => {
  const upload = await deps.store.find(message.uploadId);
  if (upload?.state !== 'processing' || upload.generation !== message.generation) {
    // A worker of this message may have written after everything was erased, and died before it found out.
    await clearAfterWorker(deps, message, upload);
    await tellIfEnded(deps, upload, message);
    return undefined;
  }
  const steps = message.steps.filter((step) => upload.outcomes[step] === undefined);
  return { upload, steps };
};

/** What works on a part of a file for a step may spend as much as the step. */
const budgetFor = (budget: TenantBudget, step: string): Override | undefined =>
  budget[partStepIn(step)?.step ?? step];

const runAll = async (
  deps: RunStepsDeps & { readonly budget: TenantBudget },
  message: LaneMessage,
  meta: RecordMeta,
): Promise<StepResults> => {
  const runStep = createRunStep(deps);
  const runs = message.steps.map((name) => ({ name, processor: deps.processorNamed(name) }));
  const readers = runs.flatMap(({ processor }) =>
    processor !== undefined && readsWhole(processor, message.type) ? [processor.name] : [],
  );
  const shared = createSharedRead(readers, () =>
    deps.objects.open(message.object, { signal: meta.signal }),
  );
  const results = await Promise.all(
    runs.map(async ({ name, processor }): Promise<[string, StepResult]> => {
      if (processor !== undefined) {
        return [
          name,
          await runStep({
            processor,
            override: budgetFor(deps.budget, name),
            message,
            shared,
            meta,
          }),
        ];
      }
      // An old worker met a newer plan while both are deployed: a newer worker may get the next delivery.
      return [name, { state: 'retry', error: new RetryableError('unknown_processor') }];
    }),
  );
  return new Map(results);
};

/** A shortcut and nothing else: where it cannot be taken, the steps are worked. */
const createReuse = (deps: RunStepsDeps) => {
  const reuseOutcomes = createReuseOutcomes(deps);
  return async (message: LaneMessage, meta: RecordMeta) => {
    try {
      return await reuseOutcomes(message, meta);
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error;
      meta.logger.warn({ err: error }, 'earlier outcomes not reachable, steps are worked');
      return new Map<string, StepOutcome>();
    }
  };
};

/** Splits results into what is decided and what another delivery may still do better. */
const decide = (results: StepResults, at: number, meta: RecordMeta) => {
  const decided: Record<string, StepOutcome> = {};
  let retry: RetryableError | undefined;
  for (const [step, result] of results) {
    if (result.state !== 'retry') decided[step] = result;
    else if (meta.lastAttempt) {
      decided[step] = { ...failedWith(result.error), at, durationMs: 0, ...causeOf(meta) };
    } else retry ??= result.error;
  }
  return { decided, retry };
};

export const createRunSteps = (deps: RunStepsDeps): RunSteps => {
  const { store, board, clock, random, driveForward } = deps;
  const reuse = createReuse(deps);
  const budgetOf = createBudgetOf(deps);

  /** Whether the lease was given back on the way. */
  const record = async (
    message: LaneMessage,
    outcomes: Outcomes,
    { meta, lease }: Turn,
  ): Promise<boolean> => {
    const { uploadId, generation } = message;
    const at = clock.now();
    const dueAt = nextDriveAt(at, 0);
    const answer = await store.recordOutcomes({ uploadId, generation, outcomes, at, dueAt });
    if (answer.kind === 'refused') {
      meta.logger.info({}, 'outcomes refused by a newer state');
      await clearAfterWorker(deps, message, answer.current);
      return false;
    }
    const shown = await board.show(documentOf(answer.upload), lease);
    await driveForward(answer.upload, causeOf(meta), { after: new Set(message.steps) });
    return shown !== 'unavailable';
  };

  const work = async (message: LaneMessage, steps: readonly string[], turn: Turn) => {
    const { meta } = turn;
    const reused = await reuse({ ...message, steps: [...steps] }, meta);
    const open = steps.filter((step) => !reused.has(step));
    const budget = await budgetOf(message.tenant);
    const ran = await runAll({ ...deps, budget }, { ...message, steps: open }, meta);
    const { decided, retry } = decide(new Map([...reused, ...ran]), clock.now(), meta);
    const isNothing = Object.keys(decided).length === 0;
    const isGivenBack = isNothing ? false : await record(message, decided, turn);
    if (retry !== undefined) throw retry;
    return isGivenBack;
  };

  /** For a message that is not certainly the first and only one: look at the state before working. */
  const workWhatIsLeft = async (message: LaneMessage, turn: Turn): Promise<boolean> => {
    const { meta, lease, marks } = turn;
    const left = await remainingOf(deps, message);
    if (left === undefined) return false;
    const { upload, steps } = left;
    if (steps.length === 0) {
      await driveForward(upload, causeOf(meta), { after: new Set(message.steps) });
      return false;
    }
    // The lease only spares work: on its last delivery a message is worked in any case.
    if (lease === undefined && !meta.lastAttempt) throw new RetryableError('lease_held');
    if (lease === undefined && marks !== undefined) await board.mark(marks);
    return work(message, steps, turn);
  };

  return async (message, meta) => {
    const { uploadId, generation, steps } = message;
    const marks = marksOf(message, meta, clock.now());
    const key = `${uploadId}/${generation}/${steps.join(',')}`;
    const lease = { key, token: random.id(), marks };
    const claim = await board.claim({ ...lease, seconds: meta.remainingMs / 1000 });
    const turn = claim === 'held' ? { meta, marks } : { meta, marks, lease };
    let isGivenBack = false;
    try {
      const isFirst = claim !== 'held' && meta.attempt === 1;
      isGivenBack = await (isFirst ? work(message, steps, turn) : workWhatIsLeft(message, turn));
    } finally {
      // A claim whose answer got lost may hold all the same; releasing compares the token, so it is safe to ask.
      if (claim !== 'held' && !isGivenBack) await board.release(lease);
    }
  };
};
