/** That the judge of the corpus can say no: each rule meets an answer that breaks it. */
import { describe, expect, it } from 'vitest';
import type { StepOutcome } from '../../../shared/domain/plan.ts';
import type { Driven } from '../../corpus/drive.ts';
import { judge, reportByClass } from '../../corpus/judge.ts';
import type { CorpusFile } from '../../corpus/manifest.ts';

const MiB = 1024 ** 2;
const SHA = 'a'.repeat(64);
const base = { at: 0, attempt: 1, durationMs: 1, requestId: 'r' };

const succeeded = (result: unknown): StepOutcome => ({
  ...base,
  state: 'succeeded',
  result,
  files: [],
});
const failed = (code: 'corrupt' | 'internal', attempt = 1): StepOutcome => ({
  ...base,
  attempt,
  state: 'failed',
  code,
  message: 'No.',
});
const digest = succeeded({ sha256: SHA, bytes: 3 });
const image = (width: number) => succeeded({ width, height: 2, frames: 1, gps: false });

const file = (kind: string, expectation: Readonly<Record<string, unknown>>): CorpusFile => ({
  path: 'a/b',
  sha256: SHA,
  bytes: 3,
  kind,
  expect: { class: kind, mime_accept: ['image/PNG'], ...expectation },
});

const missesOf = (
  of: CorpusFile,
  outcomes: Driven['outcomes'],
  { driven, ...run }: { readonly driven?: Partial<Driven>; readonly peakBytes?: number } = {},
): readonly string[] => {
  const whole = {
    state: 'completed',
    type: 'image/png',
    outcomes: { 'sha256-digest': digest, ...outcomes },
    texts: {},
    children: [],
    leaks: [],
    escapes: [],
    ...driven,
  };
  return judge(of, { driven: whole, ms: 1, peakBytes: 0, ...run }).misses;
};

const sound = file('process', { width: 1, height: 2 });

describe('the judge of the corpus', () => {
  it('finds nothing where all is right', () => {
    expect(missesOf(sound, { 'image-metadata': image(1) })).toEqual([]);
  });

  it.each([
    ['a wrong number', { 'image-metadata': image(9) }, {}],
    ['a number that nobody told', {}, {}],
    ['a failure of the step that tells', { 'image-metadata': failed('corrupt') }, {}],
    ['a state that is no end', { 'image-metadata': image(1) }, { driven: { state: 'processing' } }],
    ['a wrong type', { 'image-metadata': image(1) }, { driven: { type: 'text/html' } }],
    ['a leak', { 'image-metadata': image(1) }, { driven: { leaks: ['it holds /etc/passwd'] } }],
    ['a connection', { 'image-metadata': image(1) }, { driven: { escapes: ['connection'] } }],
    ['too much memory', { 'image-metadata': image(1) }, { peakBytes: 600 * MiB }],
    ['a wrong digest', { 'image-metadata': image(1), 'sha256-digest': succeeded({}) }, {}],
  ])('misses a file for %s', (_, outcomes, run) => {
    expect(missesOf(sound, outcomes, run)).not.toEqual([]);
  });

  it('asks for a clear failure where a file is to be refused, at the first attempt', () => {
    const reject = file('reject', {});

    expect(missesOf(reject, { 'image-metadata': failed('corrupt') })).toEqual([]);
    expect(missesOf(reject, {})).toEqual([]);
    expect(missesOf(reject, { 'image-metadata': image(1) })).not.toEqual([]);
    expect(missesOf(reject, { 'image-metadata': failed('internal') })).not.toEqual([]);
    expect(missesOf(reject, { 'image-metadata': failed('corrupt', 2) })).not.toEqual([]);
  });

  it('takes the right numbers or a failure where a file may degrade', () => {
    const degrade = file('degrade', { width: 1 });

    expect(missesOf(degrade, { 'image-metadata': image(1) })).toEqual([]);
    expect(missesOf(degrade, { 'image-metadata': failed('corrupt') })).toEqual([]);
    expect(missesOf(degrade, { 'image-metadata': image(9) })).not.toEqual([]);
  });

  it('wants entities refused, and the wrong name noticed', () => {
    const hostile = { ...file('hostile', {}), kind: 'xml-hostile' };

    expect(missesOf(hostile, { 'xml-check': failed('corrupt') })).toEqual([]);
    expect(missesOf(hostile, { 'xml-check': succeeded({}) })).not.toEqual([]);
    const verdict = (name: string) => ({ 'type-verdict': succeeded({ verdict: name }) });
    expect(missesOf(file('mismatch', {}), verdict('relabel'))).toEqual([]);
    expect(missesOf(file('mismatch', {}), verdict('accept'))).not.toEqual([]);
  });

  it('misses a file whose worker died, and a class that has no rule', () => {
    expect(judge(sound, { died: 'SIGSEGV', ms: 1, peakBytes: 0 }).misses).toEqual(['SIGSEGV']);
    expect(missesOf(file('unheard-of', {}), {})).not.toEqual([]);
  });

  it('holds every class to its bar', () => {
    const of = (name: string, right: number, wrong: number) =>
      Array.from({ length: right + wrong }, (_, at) => ({
        path: String(at),
        class: name,
        misses: at < right ? [] : ['no'],
        unread: [],
        ms: 1,
        peakBytes: 1,
      }));

    expect(reportByClass([...of('process', 97, 3), ...of('hostile', 99, 1)])).toEqual([
      { class: 'hostile', files: 100, right: 99, bar: 1, met: false },
      { class: 'process', files: 100, right: 97, bar: 0.97, met: true },
    ]);
  });
});
