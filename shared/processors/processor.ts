/** The contract of a processor: what it must say about itself and what it is given to work with. */
import type { Readable } from 'node:stream';
import type { ZodType } from 'zod';
import type { Budget, BudgetMeter } from '../domain/budget.ts';
import { type Part, partStepIn, partStepName } from '../domain/part.ts';
import type { DerivedFile, Lane, Splittable } from '../domain/plan.ts';
import type { OptionName, UploadOptions } from '../domain/upload-options.ts';
import type { Logger } from '../ports/logger.ts';
import type { MalwareScanner } from '../ports/malware-scanner.ts';

/** Inclusive byte offsets, as in an HTTP Range header. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** One file inside of the object. */
export interface ChildFile {
  /** Its place among the children, from 0; the same each time. */
  readonly index: number;
  /** As data: what its upload is called, and never part of a key. */
  readonly name: string;
  readonly size: number;
}

/** Makes uploads of what is inside of the object: of the same tenant and owner, with the same options but `unpack`. */
export interface ChildMaker {
  /** How many there will be, at least one; before the first of them. */
  expect(count: number): Promise<void>;
  /**
   * Makes one, unless it is there from an earlier attempt: then `open` is not called. A body that fails as `corrupt`, or whose
   * last chunk is withheld for that, is the end of this child alone.
   * @throws whatever else the body fails with; RetryableError.
   */
  make(file: ChildFile, open: () => Promise<Readable>): Promise<void>;
}

export interface ProcessorInput {
  readonly source: {
    readonly size: number;
    /** By the bytes, never the declared one. */
    readonly type: string;
    /** The user's file name, as data. */
    readonly name: string | undefined;
    /** Lower-case hex, when the client declared one. */
    readonly declaredSha256: string | undefined;
    readonly declaredType: string | undefined;
  };
  /**
   * Streams the pinned object, or an inclusive range of it. Steps of one message that read the
   * object whole share one GET: whoever is slowest sets the pace, so nothing is held in memory.
   * @throws NonRetryableError `source_gone`, `over_budget`; RetryableError `storage_unavailable`.
   */
  open(range?: ByteRange): Promise<Readable>;
  /**
   * The whole object in one piece, which the steps of one message share: nobody may write to it. For decoders that want it
   * so; throws as `open` does.
   */
  whole(): Promise<Buffer>;
  /**
   * Writes one derived file under a key made from upload, generation, step and `name`; the same name
   * twice replaces the first. `name` is `[a-z0-9][a-z0-9._-]{0,63}`.
   */
  emit(name: string, body: Readable | Uint8Array, contentType: string): Promise<DerivedFile>;
  /** For processors that say `makesChildren`. */
  readonly children: ChildMaker;
  /** What the client asked for, as far as this processor names it in its own `options`. */
  readonly options: UploadOptions;
  /** Results of the steps named in `needs` and of `parts`, by step. */
  readonly outcomes: Readonly<Record<string, unknown>>;
  /** The steps that worked on parts of this file for this one, in the order of its bytes; empty where it was not split. */
  readonly parts: readonly string[];
  /**
   * A derived file of a step that `outcomes` has a result of, whole.
   * @throws RetryableError `storage_unavailable`, also when it is not there.
   */
  read(step: string, name: string): Promise<Uint8Array>;
  /** Undefined in a deployment that has none. */
  readonly scanner: MalwareScanner | undefined;
  readonly budget: BudgetMeter;
  /** Aborted at the deadline of this attempt or when the budget of wall time is spent. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** How a file that is too big for one step is worked: by a step for each part, then by `run`, which is told of them. */
export interface Split extends Splittable {
  /** At most 4 KB as JSON, as of every step. */
  readonly outcome: ZodType;
  /**
   * Works on one part; reads in ranges. What `run` needs of it goes into a derived file, which nobody else is shown.
   * Throws as `run` does.
   */
  run(input: ProcessorInput, part: Part): Promise<unknown>;
}

export interface Processor<Result = unknown> {
  /** Kebab-case; also the name of its file, its step and its folder of derived files. */
  readonly name: string;
  /** Raised whenever the same bytes may get another result. */
  readonly version: number;
  readonly lane: Lane;
  /** Detected types: exact, `image/*`, or anything. */
  readonly accepts: readonly string[];
  /** Detected types that `accepts` would match but that this processor leaves alone. */
  readonly refuses?: readonly string[];
  /** `whole`: calls `open()` once and reads to the end. `ranges`: opens what it likes. */
  readonly reads: 'whole' | 'ranges';
  /** Types of those that it accepts that it reads in ranges, although it reads the others whole. */
  readonly ranged?: readonly string[];
  /** Steps that must have succeeded before; where the plan has no such step, this one runs without it. */
  readonly needs?: readonly string[];
  /** Options of the upload that its answer depends on; it is handed no others. */
  readonly options?: readonly OptionName[];
  /** Planned only for uploads that were given this option. */
  readonly onlyWith?: OptionName;
  /**
   * Whether it makes children, and tells as `children` in its result how many. Then the plan waits for their end, in a step of
   * its own.
   */
  readonly makesChildren?: boolean;
  /** Whether every other step of such an upload waits until this one has succeeded, and is skipped when it fails. */
  readonly isGate?: (options: UploadOptions) => boolean;
  /**
   * Whether the same bytes, type and options always come to the same, whatever the file is called, whatever its client
   * declared, and whenever it runs. Then an earlier outcome of this version may stand for a new one.
   */
  readonly isReusable?: boolean;
  readonly budget: Partial<Budget>;
  /** How far a tenant's own limits may raise these, where what it holds in memory allows less or more than `CEILING`. */
  readonly ceiling?: Partial<Budget>;
  /** At most 4 KB as JSON; what is bigger belongs in a derived file. */
  readonly outcome: ZodType<Result>;
  /** For a file that takes longer than a step should. */
  readonly split?: Split;
  /**
   * Same input, same result and same derived bytes.
   * @throws NonRetryableError for anything the bytes cause; SkippedError where there is nothing to do; everything
   * else is retried.
   */
  run(input: ProcessorInput): Promise<Result>;
}

/** Whether it reads a file of this type once, from end to end, and so may share the reading with other steps. */
export const readsWhole = (
  { reads, ranged = [] }: Pick<Processor, 'reads' | 'ranged'>,
  type: string,
): boolean => reads === 'whole' && !ranged.includes(type);

/** What works on one part for a processor that splits: a processor like any other, by the name of its step. */
const partProcessor = (processor: Processor, split: Split, part: Part): Processor => {
  const { version, accepts, options = [], isReusable = false, budget, ceiling = {} } = processor;
  return {
    name: partStepName(processor.name, part),
    version,
    lane: split.lane,
    accepts,
    reads: 'ranges',
    options,
    isReusable,
    budget,
    ceiling,
    outcome: split.outcome,
    run: (input) => split.run(input, part),
  };
};

/** Finds the processor of a step by the step's name, also of one that works on a part. */
export const createProcessorNamed =
  (processors: readonly Processor[]) =>
  (name: string): Processor | undefined => {
    const known = processors.find((processor) => processor.name === name);
    const partStep = known === undefined ? partStepIn(name) : undefined;
    if (partStep === undefined) return known;
    const whole = processors.find((processor) => processor.name === partStep.step);
    return whole?.split && partProcessor(whole, whole.split, partStep.part);
  };

/** Types a processor by its outcome schema, then forgets the type so that all fit one registry. */
export const defineProcessor = <Result>(processor: Processor<Result>): Processor => processor;
