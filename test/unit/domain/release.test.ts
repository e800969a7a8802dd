import { describe, expect, it } from 'vitest';
import type { StepOutcome } from '../../../shared/domain/plan.ts';
import { releaseOf, SCAN_STEP } from '../../../shared/domain/release.ts';
import { malwareScan } from '../../../shared/processors/malware-scan.ts';

const step = (name: string) => ({ name, version: 1, lane: 'light', needs: [] }) as const;
const cause = { at: 1, attempt: 1, durationMs: 1, requestId: 'r' };
const succeeded: StepOutcome = { ...cause, state: 'succeeded', result: {}, files: [] };
const failed = (code: 'infected' | 'over_budget' | 'crashed'): StepOutcome => ({
  ...cause,
  state: 'failed',
  code,
  message: '',
});
const skipped = (code: 'not_configured' | 'dependency_failed'): StepOutcome => ({
  ...cause,
  state: 'skipped',
  code,
  message: '',
});

const release = (outcome?: StepOutcome) =>
  releaseOf({
    plan: [step('one'), step(SCAN_STEP)],
    outcomes: { one: succeeded, ...(outcome === undefined ? {} : { [SCAN_STEP]: outcome }) },
  });

describe('a release', () => {
  it('waits for the step of that name', () => {
    expect(SCAN_STEP).toBe(malwareScan.name);
  });

  it('needs a clean scan where one is planned', () => {
    expect(release()).toBe('pending');
    expect(release(succeeded)).toBe('released');
  });

  it.each([
    failed('infected'),
    failed('over_budget'),
    failed('crashed'),
    skipped('dependency_failed'),
  ])('never comes after %o', (outcome) => {
    expect(release(outcome)).toBe('withheld');
  });

  it('is given where nobody scans', () => {
    expect(release(skipped('not_configured'))).toBe('released');
    expect(releaseOf({ plan: [step('one')], outcomes: {} })).toBe('released');
    expect(releaseOf({ plan: [], outcomes: {} })).toBe('released');
  });
});
