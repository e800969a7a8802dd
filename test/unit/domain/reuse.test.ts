import { describe, expect, it } from 'vitest';
import { digestOf, offeredBytes, outcomeFor, type Wanted } from '../../../shared/domain/reuse.ts';
import { transition } from '../../../shared/domain/transition.ts';
import type { EndedUpload, Upload } from '../../../shared/domain/upload.ts';
import { cause, ended, failed, step, succeeded, T0, TENANT } from '../../support/factories.ts';

const SHA = 'ab'.repeat(32);
const digested = succeeded({ result: { sha256: SHA, bytes: 11, declared: true } });
const rendered = succeeded({ result: { pages: [1, { deep: 'x' }], title: null } });
const declared = { name: 'hello.txt', size: 11, type: 'text/plain', sha256: SHA };
const options = { typePolicy: 'reject' } as const;

const earlier = (overrides: Partial<EndedUpload> = {}): EndedUpload =>
  ended('completed', {
    declared,
    plan: [step('sha256-digest'), step('render', { version: 3, needs: ['sha256-digest'] })],
    outcomes: { 'sha256-digest': digested, render: rendered },
    ...overrides,
  });

const wanted = (overrides: Partial<Wanted> = {}, of: Partial<Wanted['step']> = {}): Wanted => ({
  tenant: TENANT,
  type: 'text/plain',
  options: {},
  results: { 'sha256-digest': { declared: true, bytes: 11, sha256: SHA } },
  step: { name: 'render', version: 3, needs: ['sha256-digest'], ...of },
  ...overrides,
});

describe('an outcome of the same bytes', () => {
  it('stands for this one when nothing that it was made from differs', () => {
    expect(outcomeFor(earlier(), wanted())).toEqual(rendered);
    expect(outcomeFor(earlier(), wanted({}, { needs: undefined }))).toEqual(rendered);
  });

  it.each<[string, Partial<EndedUpload>, Partial<Wanted>, Partial<Wanted['step']>]>([
    ['of another tenant', { tenant: 'other' }, {}, {}],
    ['of an upload that was deleted', { deletedAt: T0 }, {}, {}],
    ['of bytes that were taken for another type', { type: 'text/csv' }, {}, {}],
    ['of an older version', {}, {}, { version: 4 }],
    ['of a newer version', {}, {}, { version: 2 }],
    ['of another step', {}, {}, { name: 'sha256' }],
    ['with other options', { options }, {}, { options: ['typePolicy'] }],
    ['without options that are given now', {}, { options }, { options: ['typePolicy'] }],
    ['made from another result', {}, { results: { 'sha256-digest': { sha256: SHA } } }, {}],
    ['made from a result that is not there now', {}, { results: {} }, {}],
    ['that failed', { outcomes: { 'sha256-digest': digested, render: failed() } }, {}, {}],
    ['that is not there yet', { outcomes: { 'sha256-digest': digested } }, {}, {}],
    ['of a step that was not planned', { plan: [step('sha256-digest')] }, {}, {}],
  ])('%s does not', (_name, row, want, of) => {
    expect(outcomeFor(earlier(row), wanted(want, of))).toBeUndefined();
  });

  it('is not held up by options that the step does not depend on', () => {
    expect(outcomeFor(earlier({ options }), wanted())).toEqual(rendered);
  });

  it('tells apart lists, fields and nothing', () => {
    const results: readonly unknown[] = [
      [1, 2],
      [2, 1],
      [1],
      { 0: 1, 1: 2 },
      { 0: 1 },
      null,
      {},
      '',
    ];
    for (const [index, left] of results.entries()) {
      for (const [other, right] of results.entries()) {
        const row = earlier({
          outcomes: { 'sha256-digest': succeeded({ result: left }), render: rendered },
        });
        const found = outcomeFor(row, wanted({ results: { 'sha256-digest': right } }));
        expect(found !== undefined, `${index} ${other}`).toBe(index === other);
      }
    }
  });
});

describe('the bytes that an upload is found by', () => {
  it('are those that its client declared and that it has', () => {
    expect(offeredBytes(earlier())).toBe(SHA);
    expect(digestOf(earlier())).toBe(SHA);
  });

  it('are none when they were not declared, are others, or were never looked at', () => {
    const { sha256: _, ...undeclared } = declared;

    expect(offeredBytes(earlier({ declared: undeclared }))).toBeUndefined();
    expect(offeredBytes(earlier({ declared: undefined }))).toBeUndefined();
    expect(offeredBytes(earlier({ outcomes: { 'sha256-digest': failed() } }))).toBeUndefined();
    for (const result of [null, 'ab', {}, { sha256: 7 }, { sha256: 'cd'.repeat(32) }]) {
      const outcomes = { 'sha256-digest': succeeded({ result }) };
      expect(offeredBytes(earlier({ outcomes }))).toBeUndefined();
    }
  });

  it('are only known to the eraser once it is deleted, and to nobody once it is erased', () => {
    const moment = (at: number) => ({ at, cause: cause() });
    const tomb = transition(earlier(), { type: 'deleted' }, moment(T0));
    if ('refused' in tomb) throw new Error(tomb.refused);
    const driven = transition(tomb.next, { type: 'driven' }, moment(T0 + 3_600_000));
    if ('refused' in driven) throw new Error(driven.refused);
    const erasedAt = (upload: Upload, at: number) => {
      const result = transition(upload, { type: 'erased', startedAt: at }, moment(at));
      if ('refused' in result) throw new Error(result.refused);
      return result.next;
    };
    const emptied = erasedAt(driven.next, T0 + 7_200_000);
    const erased = erasedAt(emptied, T0 + 9_000_000);

    expect(offeredBytes(tomb.next)).toBeUndefined();
    expect(tomb.next).toMatchObject({ erasure: { sha256: SHA } });
    expect(driven.next).toMatchObject({ erasure: { sha256: SHA, drives: 1 } });
    expect(emptied).toMatchObject({ erasure: { sha256: SHA } });
    expect(JSON.stringify(erased)).not.toContain(SHA);
  });
});
