/** The plan: which steps a file of a type gets, and what the outcomes so far mean for the rest. */
import { type FailureCode, sentenceOf } from './errors.ts';
import { MAX_PARTS, partStepNames } from './part.ts';
import type { OptionName, UploadOptions } from './upload-options.ts';

/** A lane is one queue with its own worker: `light` for what streams, `heavy` for what decodes. */
export const LANES = ['light', 'heavy'] as const;
export type Lane = (typeof LANES)[number];

/** The step that ends when all children of an upload have. Nobody works at it: the finalizer of the last one records its outcome. */
export const CHILDREN_STEP = 'child-uploads';

/** One file that a step wrote to the results bucket. */
export interface DerivedFile {
  readonly name: string;
  readonly key: string;
  readonly size: number;
  readonly contentType: string;
}

/** One processor on one generation. */
export interface PlannedStep {
  readonly name: string;
  readonly version: number;
  readonly lane: Lane;
  /** Steps of the same plan that must succeed first. */
  readonly needs: readonly string[];
}

export type Plan = readonly PlannedStep[];

interface OutcomeBase {
  /** When it was decided, milliseconds since the epoch. */
  readonly at: number;
  readonly attempt: number;
  readonly durationMs: number;
  /** The invocation that decided it, to find its log lines. */
  readonly requestId: string;
}

export interface StepSucceeded extends OutcomeBase {
  readonly state: 'succeeded';
  readonly result: unknown;
  readonly files: readonly DerivedFile[];
  /** Whose outcome it was first, when nobody worked for this one. */
  readonly reused?: { readonly uploadId: string; readonly generation: number } | undefined;
}

export interface StepFailed extends OutcomeBase {
  readonly state: 'failed';
  readonly code: FailureCode;
  readonly message: string;
}

export interface StepSkipped extends OutcomeBase {
  readonly state: 'skipped';
  readonly code: FailureCode;
  readonly message: string;
}

/** How a step ended. First writer wins: once there, an outcome never changes. */
export type StepOutcome = StepSucceeded | StepFailed | StepSkipped;
export type Outcomes = Readonly<Record<string, StepOutcome>>;

/** Which files a processor has worked in parts. */
export interface Splittable {
  /** Detected types; all others are worked whole. */
  readonly types: readonly string[];
  /** Of the steps that work on parts. */
  readonly lane: Lane;
  /** Bytes of a file that is still worked whole. */
  readonly above: number;
  /** Bytes of one part; more where that would be more than `MAX_PARTS`. */
  readonly partBytes: number;
}

/** Of a processor's `split`, what a plan needs. */
export const splittableOf = ({ types, lane, above, partBytes }: Splittable): Splittable => ({
  ...{ types, lane, above, partBytes },
});

/** What the planner must know of a processor. */
export interface Plannable {
  readonly name: string;
  readonly version: number;
  readonly lane: Lane;
  readonly accepts: readonly string[];
  readonly refuses?: readonly string[];
  readonly needs?: readonly string[];
  /** Only for uploads that were given this option. */
  readonly onlyWith?: OptionName;
  /** Whether it makes uploads of what is inside of the file, for whose end the plan then waits. */
  readonly makesChildren?: boolean;
  /** Whether nothing else may be done with a file before this step has succeeded. */
  readonly isGate?: (options: UploadOptions) => boolean;
  readonly split?: Splittable;
}

/** What the planner must know of a file. */
export interface PlannedFile {
  /** By the bytes. */
  readonly type: string;
  readonly size: number;
}

const covers = (pattern: string, type: string): boolean =>
  pattern === '*/*' ||
  pattern === type ||
  (pattern.endsWith('/*') && type.startsWith(pattern.slice(0, -1)));

const takes = ({ accepts, refuses = [] }: Plannable, type: string): boolean =>
  accepts.some((pattern) => covers(pattern, type)) &&
  !refuses.some((pattern) => covers(pattern, type));

const isWanted = ({ onlyWith }: Plannable, options: UploadOptions): boolean =>
  onlyWith === undefined || options[onlyWith] !== undefined;

/** The gates and all that they need, which cannot wait for a gate themselves. */
const beforeGates = (
  chosen: readonly Plannable[],
  gates: readonly string[],
): ReadonlySet<string> => {
  const before = new Set(gates);
  for (const name of before) {
    const needs = chosen.find((processor) => processor.name === name)?.needs ?? [];
    // A set hands out what is added to it while it is walked through.
    for (const need of needs) before.add(need);
  }
  return before;
};

const partsOf = ({ split }: Plannable, { type, size }: PlannedFile): number => {
  if (split?.types.includes(type) !== true || size <= split.above) return 0;
  return Math.min(MAX_PARTS, Math.ceil(size / split.partBytes));
};

/** A step, behind the steps that work on parts of the file for it. */
const stepsOf = (
  processor: Plannable,
  file: PlannedFile,
  needs: readonly string[],
): readonly PlannedStep[] => {
  const { name, version, lane, split } = processor;
  const parts = partStepNames(name, partsOf(processor, file));
  return [
    ...parts.map((part) => ({ name: part, version, lane: split?.lane ?? lane, needs })),
    { name, version, lane, needs: [...needs, ...parts] },
  ];
};

/** No lane works at it; it stands in the one of the step that made them. */
const waitFor = ({ name, lane }: Plannable): PlannedStep => ({
  name: CHILDREN_STEP,
  version: 1,
  lane,
  needs: [name],
});

/** The steps for a file and what its client asked for, in registry order. Needs that are not among them are dropped. */
export const planFor = (
  file: PlannedFile,
  processors: readonly Plannable[],
  options: UploadOptions = {},
): Plan => {
  const chosen = processors.filter(
    (processor) => takes(processor, file.type) && isWanted(processor, options),
  );
  const names = new Set(chosen.map(({ name }) => name));
  const gates = chosen.filter(({ isGate }) => isGate?.(options)).map(({ name }) => name);
  const first = beforeGates(chosen, gates);
  const steps = chosen.flatMap((processor) => {
    const { name, needs = [] } = processor;
    const own = needs.filter((need) => names.has(need));
    return stepsOf(processor, file, [...new Set([...(first.has(name) ? [] : gates), ...own])]);
  });
  return [...steps, ...chosen.filter(({ makesChildren }) => makesChildren).map(waitFor)];
};

/** What is to do next for a plan with these outcomes. */
export interface Progress {
  /** Steps that may run now: no outcome yet, every need succeeded. */
  readonly ready: Plan;
  /** Steps that can never run: no outcome yet, some need did not succeed. */
  readonly blocked: Plan;
  /** Every step has an outcome. A set, not a counter: counting twice is impossible. */
  readonly complete: boolean;
}

/** Reads progress off the set of outcomes; pure and monotone: more outcomes never take progress back. */
export const progressOf = (plan: Plan, outcomes: Outcomes): Progress => {
  const open = plan.filter(({ name }) => outcomes[name] === undefined);
  const isBlocked = ({ needs }: PlannedStep): boolean =>
    needs.some((need) => {
      const outcome = outcomes[need];
      return outcome !== undefined && outcome.state !== 'succeeded';
    });
  const isReady = ({ needs }: PlannedStep): boolean =>
    needs.every((need) => outcomes[need]?.state === 'succeeded');
  return {
    ready: open.filter(isReady),
    blocked: open.filter(isBlocked),
    complete: open.length === 0,
  };
};

/** The first failure in plan order, or undefined when every step succeeded or was skipped without one. */
export const firstFailure = (
  plan: Plan,
  outcomes: Outcomes,
): (Pick<StepFailed, 'code' | 'message'> & { readonly step: string }) | undefined => {
  for (const { name } of plan) {
    const outcome = outcomes[name];
    if (outcome?.state === 'failed') {
      return { code: outcome.code, message: outcome.message, step: name };
    }
  }
  return undefined;
};

/** Outcomes of steps that can never run because a step they need did not succeed. */
export const skippedOutcomes = (
  blocked: Plan,
  decided: Pick<StepSkipped, 'at' | 'attempt' | 'requestId'>,
): Outcomes =>
  Object.fromEntries(
    blocked.map(({ name }) => [
      name,
      {
        ...decided,
        state: 'skipped',
        durationMs: 0,
        code: 'dependency_failed',
        message: sentenceOf('dependency_failed'),
      },
    ]),
  );
