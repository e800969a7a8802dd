import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uploadStatus } from '../../../shared/contracts/status.ts';
import { documentOf, statusOf } from '../../../shared/domain/status.ts';
import { TERMINAL_STATES, type Upload } from '../../../shared/domain/upload.ts';
import {
  awaiting,
  ended,
  failed,
  MINUTE,
  OWNER,
  plan,
  processing,
  succeeded,
  T0,
  TENANT,
  UPLOAD_ID,
} from '../../support/factories.ts';

const anyOutcomes = fc
  .array(fc.option(fc.constantFrom(succeeded(), failed()), { nil: undefined }), {
    minLength: 3,
    maxLength: 3,
  })
  .map((given) =>
    Object.fromEntries(
      given.flatMap((outcome, index) => (outcome === undefined ? [] : [[`s${index}`, outcome]])),
    ),
  );
const steps = plan('s0', 's1', 's2');

describe('the progress of an upload', () => {
  it('C5: is 100 only once the upload has ended, however many outcomes there are', () => {
    fc.assert(
      fc.property(anyOutcomes, (outcomes) => {
        const { progress } = statusOf(processing({ plan: steps, outcomes }));

        expect(progress).toBeGreaterThanOrEqual(0);
        expect(progress).toBeLessThan(100);
      }),
    );
  });

  it('C5: stays under 100 with more outcomes than steps', () => {
    const outcomes = { one: succeeded(), two: succeeded(), three: succeeded() };

    expect(statusOf(processing({ plan: plan('one'), outcomes })).progress).toBe(99);
  });

  it('never goes back while outcomes come in', () => {
    const shown = [{}, { s1: failed() }, { s1: failed(), s0: succeeded() }].map(
      (outcomes) => statusOf(processing({ plan: steps, outcomes })).progress,
    );

    expect(shown).toEqual([0, 33, 66]);
  });

  it.each(TERMINAL_STATES)('is 100 when %s', (state) => {
    expect(statusOf(ended(state)).progress).toBe(100);
  });

  it('is 0 while nothing is planned', () => {
    expect(statusOf(awaiting()).progress).toBe(0);
  });
});

describe('statusOf', () => {
  it('shows what was declared while the object is awaited, and nothing that is not known yet', () => {
    expect(statusOf(awaiting())).toEqual({
      id: UPLOAD_ID,
      state: 'awaiting_upload',
      rev: 1,
      generation: 0,
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-01-01T00:00:00.000Z',
      declared: { name: 'hello.txt', size: 11, type: 'text/plain' },
      steps: [],
      progress: 0,
    });
  });

  it('shows each step with attempts, times, and its outcome or its error', () => {
    const outcomes = {
      one: succeeded({ at: T0 + MINUTE, durationMs: 1000, attempt: 2, result: { lines: 3 } }),
      two: failed({ code: 'over_budget', message: 'Too much.' }),
    };

    const status = statusOf(processing({ plan: plan('one', 'two', 'three'), outcomes }));

    expect(status.steps).toMatchObject([
      {
        name: 'one',
        state: 'succeeded',
        attempts: 2,
        startedAt: '2026-01-01T00:00:59.000Z',
        endedAt: '2026-01-01T00:01:00.000Z',
        durationMs: 1000,
        outcome: { lines: 3 },
      },
      {
        name: 'two',
        state: 'failed',
        attempts: 1,
        error: { code: 'over_budget', message: 'Too much.' },
      },
      { name: 'three', state: 'queued', attempts: 0, files: [] },
    ]);
    expect(status.steps[0]).not.toHaveProperty('error');
    expect(status.steps[1]).not.toHaveProperty('outcome');
  });

  it('links derived files through the API and does not show their keys', () => {
    const file = { name: 'a.webp', key: 'results/secret', size: 9, contentType: 'image/webp' };

    const status = statusOf(
      ended('completed', { outcomes: { one: succeeded({ files: [file] }) } }),
    );

    expect(status.steps[0]?.files).toEqual([
      {
        name: 'a.webp',
        size: 9,
        contentType: 'image/webp',
        href: `/uploads/${UPLOAD_ID}/results/one/a.webp`,
      },
    ]);
    expect(JSON.stringify(status)).not.toContain('results/secret');
  });

  it('says why an upload failed, and in which step', () => {
    const failure = { code: 'corrupt', message: 'Damaged.', step: 'one' } as const;

    expect(statusOf(ended('failed', { failure })).error).toEqual(failure);
  });

  it.each<[string, Upload]>([
    ['awaiting', awaiting()],
    ['processing', processing({ outcomes: { one: succeeded(), two: failed() } })],
    ...TERMINAL_STATES.map((state): [string, Upload] => [state, ended(state)]),
  ])('keeps the contract of the API while %s', (_state, upload) => {
    const shown = statusOf(upload);

    expect(uploadStatus.parse(JSON.parse(JSON.stringify(shown)))).toEqual(shown);
  });
});

describe('documentOf', () => {
  it('C17: carries whom it may be shown to', () => {
    expect(documentOf(awaiting())).toMatchObject({ tenant: TENANT, owner: OWNER });
  });
});
