/** How the suites of the processors run one over a fixture, and what came of it. */
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { partStepIn } from '../../shared/domain/part.ts';
import type { Processor } from '../../shared/processors/processor.ts';
import { processorNamed } from '../../shared/processors/registry.ts';
import { fixturesOf, type ProcessorFixture } from '../support/processor-fixture.ts';
import { type InputOptions, type MadeChild, processorInput } from '../support/processor-input.ts';

/** Far above what any fixture needs; only a hang takes longer. */
const HANG_MS = 15_000;

export interface Run {
  readonly result: unknown;
  readonly files: readonly (readonly [string, string, string])[];
  readonly children: readonly MadeChild[];
}

interface Answered extends Run {
  /** Some know all they need before: what its bytes can do cannot happen to them. */
  readonly hasOpened: boolean;
}

/** What came of it, and whether the object was opened at all. */
const runCounted = async (
  processor: Processor,
  { bytes, type, name, options: asked }: ProcessorFixture,
  options: InputOptions = {},
): Promise<Answered> => {
  const { input, files, children, opens } = processorInput(processor, bytes, {
    type,
    name,
    ...(asked && { options: asked }),
    ...options,
  });
  const result = await processor.run(input);
  const written = [...files.values()].map(
    (file) => [file.name, file.contentType, file.bytes.toString('base64')] as const,
  );
  return { result, files: written, children: children(), hasOpened: opens() > 0 };
};

export const run = async (...args: Parameters<typeof runCounted>): Promise<Run> => {
  const { hasOpened: _, ...rest } = await runCounted(...args);
  return rest;
};

const remembered = <Key, Value>(
  known: Map<Key, Promise<Value>>,
  key: Key,
  make: (key: Key) => Promise<Value>,
): Promise<Value> => {
  const value = known.get(key) ?? make(key);
  known.set(key, value);
  return value;
};

const made = new Map<string, Promise<readonly ProcessorFixture[]>>();

/** Of the processor; of one that works on a part, those of the whole that are split. */
export const fixturesFor = async ({ name }: Processor): Promise<readonly ProcessorFixture[]> => {
  const whole = processorNamed(partStepIn(name)?.step ?? name);
  const fixtures = await remembered(made, whole?.name ?? name, fixturesOf);
  if (whole === undefined || whole.name === name) return fixtures;
  return fixtures.filter(({ type }) => whole.split?.types.includes(type) === true);
};

const answers = new Map<string, Map<ProcessorFixture, Promise<Answered>>>();

/** What comes of a run that nothing happens to; made once for all that ask. */
export const answerOf = (processor: Processor, fixture: ProcessorFixture): Promise<Answered> => {
  const known = answers.get(processor.name) ?? new Map<ProcessorFixture, Promise<Answered>>();
  answers.set(processor.name, known);
  return remembered(known, fixture, () => runCounted(processor, fixture));
};

/** The error of a run, or undefined when it succeeded; a run that does not end is an error of its own. */
export const failureOf = async (work: Promise<unknown>, hangMs = HANG_MS): Promise<unknown> => {
  const hang = new AbortController();
  try {
    await Promise.race([
      work,
      sleep(hangMs, undefined, { signal: hang.signal }).then(() => {
        throw new Error(`The step did not end within ${hangMs} ms.`);
      }),
    ]);
    return undefined;
  } catch (error) {
    return error;
  } finally {
    hang.abort();
  }
};

/** The fixture's bytes, then `more` of them for ever. */
export const endless = (
  { bytes, more }: ProcessorFixture,
  limit = Number.POSITIVE_INFINITY,
): Readable => {
  const next = more ?? bytes;
  const chunks = function* (): Generator<Buffer> {
    yield bytes;
    for (let sent = bytes.length; sent < limit; sent += next.length) {
      for (let at = 0; at < next.length; at += 65_536) yield next.subarray(at, at + 65_536);
    }
  };
  return Readable.from(chunks(), { objectMode: false });
};
