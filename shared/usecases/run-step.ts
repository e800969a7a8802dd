/** Runs one processor on one generation and turns whatever happens into an outcome, or into a reason to try again. */
import type { Readable } from 'node:stream';
import type { LaneMessage } from '../contracts/messages.ts';
import { type BudgetMeter, createBudgetMeter, limitsFor, type Override } from '../domain/budget.ts';
import { asFailure, NonRetryableError, RetryableError, SkippedError } from '../domain/errors.ts';
import { derivedKey, isDerivedName } from '../domain/object-key.ts';
import { partStepsAmong } from '../domain/part.ts';
import type { DerivedFile, StepFailed, StepOutcome } from '../domain/plan.ts';
import { optionsNamed } from '../domain/upload-options.ts';
import type { Clock } from '../ports/clock.ts';
import { joinSignals } from '../ports/joined-signal.ts';
import type { MalwareScanner } from '../ports/malware-scanner.ts';
import { type Processor, type ProcessorInput, readsWhole } from '../processors/processor.ts';
import { createMakeChildren, type MakeChildrenDeps } from './make-children.ts';
import { createOwnTime, type OwnTime } from './own-time.ts';
import { causeOf, type RecordMeta } from './record-meta.ts';
import type { SharedRead } from './shared-read.ts';

export interface RunStepDeps extends MakeChildrenDeps {
  readonly scanner?: MalwareScanner | undefined;
}

export interface StepRun {
  readonly processor: Processor;
  /** The tenant's own limits for this step. */
  readonly override?: Override | undefined;
  readonly message: LaneMessage;
  readonly shared: SharedRead;
  readonly meta: RecordMeta;
}

export type StepResult = StepOutcome | { readonly state: 'retry'; readonly error: RetryableError };

/** What a step leaves in the upload's row; the rest belongs in a derived file. */
export const MAX_RESULT_BYTES = 4096;

const collect = async (body: Readable | Uint8Array, budget: BudgetMeter): Promise<Uint8Array> => {
  if (body instanceof Uint8Array) {
    budget.spend('bytesOut', body.byteLength);
    return body;
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk);
    budget.spend('bytesOut', bytes.byteLength);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
};

/** The step's own time, with a signal that aborts with the attempt too. */
const limitTime = (clock: Clock, wallSeconds: number, attempt: AbortSignal): OwnTime => {
  const detail = `The limit is ${wallSeconds} wallSeconds.`;
  const own = createOwnTime(
    clock,
    wallSeconds * 1000,
    () => new NonRetryableError('over_budget', { detail }),
  );
  const { signal, release } = joinSignals(attempt, own.signal);
  const stop = (): void => {
    release();
    own.stop();
  };
  return { ...own, signal, stop };
};

/** Rejects with the signal's reason as soon as it aborts, so that a deaf processor cannot hold its worker. */
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const fail = () => reject(signal.reason);
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });

const checkedResult = (processor: Processor, raw: unknown): unknown => {
  const parsed = processor.outcome.safeParse(raw);
  if (!parsed.success) throw new NonRetryableError('invalid_outcome', { cause: parsed.error });
  const bytes = Buffer.byteLength(JSON.stringify(parsed.data) ?? '');
  if (bytes > MAX_RESULT_BYTES) {
    const detail = `${bytes} bytes; the limit is ${MAX_RESULT_BYTES}.`;
    throw new NonRetryableError('invalid_outcome', { detail });
  }
  return parsed.data;
};

interface Means {
  readonly budget: BudgetMeter;
  readonly time: OwnTime;
  /** Takes what the step writes. */
  readonly files: Map<string, DerivedFile>;
}

/** What a processor is given for one step: everything that it may do, and nothing else. */
const createInputOf = (deps: RunStepDeps) => {
  const { objects, scanner } = deps;
  const makeChildren = createMakeChildren(deps);
  return (
    { processor, message, shared, meta }: StepRun,
    { budget, time, files }: Means,
  ): ProcessorInput => {
    const { signal } = time;
    return {
      source: {
        size: message.object.size,
        type: message.type,
        name: message.name,
        declaredSha256: message.declaredSha256,
        declaredType: message.declaredType,
      },
      async open(range) {
        const { size } = message.object;
        budget.spend('bytesIn', range === undefined ? size : range.end - range.start + 1);
        if (range === undefined && readsWhole(processor, message.type)) {
          return time.watch(await time.waitFor(shared.open(processor.name)));
        }
        const opening = objects.open(message.object, { range, signal });
        const stream = time.watch(await time.waitFor(opening));
        // At the deadline it ends with an error, also while nobody reads it: whoever reads on meets the error then.
        return stream.on('error', () => undefined);
      },
      async whole() {
        const { size } = message.object;
        budget.spend('bytesIn', size);
        return time.waitFor(shared.whole(processor.name, size));
      },
      async emit(name, body, contentType) {
        if (!isDerivedName(name)) {
          throw new NonRetryableError('invalid_outcome', {
            detail: 'A derived file has a bad name.',
          });
        }
        const bytes = await collect(body, budget);
        signal.throwIfAborted();
        const key = derivedKey(message, processor.name, name);
        await time.waitFor(objects.putResult(key, bytes, contentType));
        const file = { name, key, size: bytes.byteLength, contentType };
        files.set(name, file);
        return file;
      },
      children: makeChildren(message, meta, signal),
      options: optionsNamed(message.options ?? {}, processor.options),
      outcomes: message.results,
      parts: partStepsAmong(Object.keys(message.results), processor.name),
      async read(step, name) {
        const file = await time.waitFor(objects.readResult(derivedKey(message, step, name)));
        if (file !== undefined) return file;
        throw new RetryableError('storage_unavailable', { detail: 'A derived file is not there.' });
      },
      scanner,
      budget,
      signal,
      logger: meta.logger.child({ step: processor.name }),
    };
  };
};

export const createRunStep = (deps: RunStepDeps) => {
  const { clock } = deps;
  const inputOf = createInputOf(deps);
  return async (stepRun: StepRun): Promise<StepResult> => {
    const { processor, override, shared, meta } = stepRun;
    const startedAt = clock.now();
    const { budget: own, ceiling } = processor;
    const budget = createBudgetMeter(limitsFor({ own, ceiling, override }));
    const time = limitTime(clock, budget.limits.wallSeconds, meta.signal);
    const files = new Map<string, DerivedFile>();

    const input = inputOf(stepRun, { budget, time, files });

    const ending = () => {
      const at = clock.now();
      return { at, durationMs: Math.max(0, at - startedAt), ...causeOf(meta) };
    };
    try {
      const raw = await Promise.race([processor.run(input), aborted(time.signal)]);
      const result = checkedResult(processor, raw);
      return { state: 'succeeded', ...ending(), result, files: [...files.values()] };
    } catch (error) {
      if (error instanceof SkippedError) {
        const { code, message } = error;
        return { state: 'skipped', ...ending(), code, message };
      }
      const failure = asFailure(error);
      return failure.retryable
        ? { state: 'retry', error: failure }
        : { ...ending(), ...failedWith(failure) };
    } finally {
      time.stop();
      shared.leave(processor.name);
    }
  };
};

/** The part of a failed outcome that tells why. */
export const failedWith = (
  error: NonRetryableError | RetryableError,
): Pick<StepFailed, 'state' | 'code' | 'message'> => ({
  state: 'failed',
  code: error.code,
  message: error.message,
});
