/** Contents of simulated files: what each makes the processors do, and what it must come to. */
import { createHash } from 'node:crypto';
import type { FailureCode } from '../../shared/domain/errors.ts';
import { partStepNames } from '../../shared/domain/part.ts';
import type { TypeDetector } from '../../shared/usecases/ingest-object.ts';

/** What a simulated file is; its first line says so. */
export const KINDS = ['plain', 'dag', 'picky', 'flaky', 'slow', 'endless', 'split'] as const;
export type Kind = (typeof KINDS)[number];

/** Of every content whose text is short. */
export const CONTENT_BYTES = 64;

export const contentOf = (kind: Kind, text: string): Buffer =>
  Buffer.from(`sim/${kind}\n${text}\n`.padEnd(CONTENT_BYTES, '.'));

const kindOf = (bytes: Uint8Array): Kind =>
  KINDS.find((kind) => Buffer.from(bytes).toString().startsWith(`sim/${kind}\n`)) ?? 'plain';

export const detectSimulated: TypeDetector = async (head) => ({
  type:
    Buffer.from(head).toString('latin1', 0, 2) === 'PK' ? 'application/zip' : `sim/${kindOf(head)}`,
});

export const digestOf = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');

/** Of a file that is too big for one step. */
export const PARTS = 3;

/** What the content alone makes of each step: its result, or the code it must fail or be skipped with. */
export type Expected = Readonly<
  Record<string, { readonly result: unknown; readonly files: readonly string[] } | FailureCode>
>;

const partSteps = partStepNames('sim-split', PARTS);

const copiedParts = (bytes: Uint8Array): Expected =>
  Object.fromEntries(
    partSteps.map((step, index) => {
      const [start, next] = [index, index + 1].map((at) => Math.floor((bytes.length * at) / PARTS));
      const part = { digest: digestOf(bytes.subarray(start, next)) };
      return [step, { result: part, files: ['part.bin'] }];
    }),
  );

export const expectedOf = (bytes: Uint8Array, declaredSha256: string | undefined): Expected => {
  const sha256 = digestOf(bytes);
  const declared = declaredSha256 !== undefined;
  const digested =
    declared && declaredSha256 !== sha256
      ? ('checksum_mismatch' as const)
      : { result: { sha256, bytes: bytes.length, declared }, files: [] };
  const done = (...files: string[]) => ({ result: { digest: sha256 }, files });
  const always = { 'sha256-digest': digested };
  const labelled = { 'sim-label': { result: { size: bytes.length }, files: ['label.txt'] } };
  const merged = typeof digested === 'string' ? ('dependency_failed' as const) : done();
  switch (kindOf(bytes)) {
    case 'plain':
      return always;
    case 'dag':
      return {
        ...always,
        'sim-outline': done('outline.txt', 'index.json'),
        'sim-render': done('render.bin'),
        'sim-merge': merged,
      };
    case 'picky':
      return {
        ...always,
        ...labelled,
        'sim-picky': 'corrupt',
        'sim-after-picky': 'dependency_failed',
      };
    case 'flaky':
      return { ...always, ...labelled, 'sim-flaky': done() };
    case 'slow':
      return {
        ...always,
        ...labelled,
        'sim-outline': done('outline.txt', 'index.json'),
        'sim-slow': done('slow.txt'),
      };
    case 'split':
      return { ...always, ...copiedParts(bytes), 'sim-split': done() };
    case 'endless':
      return { ...always, 'sim-slow': 'deadline_exceeded' };
  }
};

/** Derived files a step of this content may leave behind even though it did not succeed. */
export const LEFT_BEHIND: Readonly<Record<string, readonly string[]>> = {
  'sim-outline': ['outline.txt', 'index.json'],
  'sim-render': ['render.bin'],
  'sim-picky': ['half.txt'],
  'sim-slow': ['slow.txt'],
  'sim-label': ['label.txt'],
  ...Object.fromEntries(partSteps.map((step) => [step, ['part.bin']])),
};
