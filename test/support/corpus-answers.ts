/** What the processors answer over files whose numbers were collected with independent tools. */
import { describe, expect } from 'vitest';
import { detectType, HEAD_BYTES } from '../../shared/detection/detect-type.ts';
import type { Budget } from '../../shared/domain/budget.ts';
import { NonRetryableError, SkippedError } from '../../shared/domain/errors.ts';
import { planFor } from '../../shared/domain/plan.ts';
import type { Processor } from '../../shared/processors/processor.ts';
import { processorNamed } from '../../shared/processors/registry.ts';
import { type CorpusFile, corpusFiles, readCorpusFile } from './corpus.ts';
import { type EmittedFile, processorInput } from './processor-input.ts';

export const files = corpusFiles();
/** Skipped, and said so by the runner, where no corpus lies beside the checkout. */
export const corpus = describe.skipIf(files.length === 0);

type Answer =
  | {
      readonly result: Readonly<Record<string, unknown>>;
      readonly files: ReadonlyMap<string, EmittedFile>;
    }
  | { readonly error: unknown };

export const processor = (name: string): Processor => {
  const found = processorNamed(name);
  if (found === undefined) throw new Error(`There is no ${name}.`);
  return found;
};

/** What the processor answers, or undefined when the type is none that it takes. */
export const saidOf = async (
  subject: Processor,
  file: CorpusFile,
  budget: Partial<Budget> = {},
): Promise<Answer | undefined> => {
  const bytes = readCorpusFile(file);
  const name = file.original_name;
  const { type } = await detectType(bytes.subarray(0, HEAD_BYTES), bytes.length, name);
  if (planFor({ type, size: 1 }, [subject]).length === 0) return undefined;
  const { input, files: written } = processorInput(subject, bytes, { type, name, budget });
  try {
    return { result: (await subject.run(input)) as Record<string, unknown>, files: written };
  } catch (error) {
    return { error };
  }
};

/** The same, but undefined too when the processor says that it does not read such files. */
export const answerOf = async (
  ...asked: Parameters<typeof saidOf>
): Promise<Answer | undefined> => {
  const said = await saidOf(...asked);
  return said !== undefined && 'error' in said && said.error instanceof SkippedError
    ? undefined
    : said;
};

export const failuresAreNamed = (answer: Answer): void => {
  if ('error' in answer) expect(answer.error).toBeInstanceOf(NonRetryableError);
};

/** Differences between what was expected of a file and what was answered, as one line, or none. */
export const differences = (
  expected: Readonly<Record<string, unknown>>,
  answer: Answer | undefined,
  names: Readonly<Record<string, string>>,
): readonly string[] => {
  if (answer === undefined) return ['not planned'];
  if ('error' in answer) return [String(answer.error)];
  return Object.entries(names)
    .filter(
      ([theirs, ours]) =>
        expected[theirs] !== undefined && expected[theirs] !== answer.result[ours],
    )
    .map(([theirs, ours]) => `${theirs} ${expected[theirs]} but ${ours} ${answer.result[ours]}`);
};

export const ofKind = (...kinds: readonly string[]) =>
  files.filter(({ kind }) => kinds.includes(kind));
