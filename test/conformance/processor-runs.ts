/** How the suites of the processors run one over a fixture, and what came of it. */
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Processor } from '../../shared/processors/processor.ts';
import type { ProcessorFixture } from '../support/processor-fixture.ts';
import { type InputOptions, type MadeChild, processorInput } from '../support/processor-input.ts';

/** Far above what any fixture needs; only a hang takes longer. */
const HANG_MS = 15_000;

export interface Run {
  readonly result: unknown;
  readonly files: readonly (readonly [string, string, string])[];
  readonly children: readonly MadeChild[];
}

export const run = async (
  processor: Processor,
  { bytes, type, name, options: asked }: ProcessorFixture,
  options: InputOptions = {},
): Promise<Run> => {
  const { input, files, children } = processorInput(processor, bytes, {
    type,
    name,
    ...(asked && { options: asked }),
    ...options,
  });
  const result = await processor.run(input);
  const written = [...files.values()].map(
    (file) => [file.name, file.contentType, file.bytes.toString('base64')] as const,
  );
  return { result, files: written, children: children() };
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
