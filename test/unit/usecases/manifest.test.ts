import { describe, expect, it } from 'vitest';
import { manifestOf } from '../../../shared/usecases/manifest.ts';
import { failed, plan, processing, skipped, succeeded } from '../../support/factories.ts';

const FILE = {
  name: 'a.txt',
  key: 'results/upl_1/1/one/a.txt',
  size: 3,
  contentType: 'text/plain',
};

const outcomesIn = (outcomes: Parameters<typeof processing>[0]) =>
  manifestOf(processing(outcomes)).steps.map(({ outcome }) => outcome);

describe('a manifest', () => {
  it('has each outcome as it is: a failure, what was skipped, the files of what succeeded', () => {
    const outcomes = { one: failed(), two: skipped(), three: succeeded({ files: [FILE] }) };

    expect(outcomesIn({ plan: plan('one', 'two', 'three'), outcomes })).toStrictEqual([
      outcomes.one,
      outcomes.two,
      outcomes.three,
    ]);
    expect(manifestOf(processing({ plan: plan('one', 'two', 'three'), outcomes })).state).toBe(
      'failed',
    );
  });

  it('P8: says that an outcome was taken over, and not from whom', () => {
    const reused = { uploadId: 'upl_other', generation: 1 };
    const outcomes = { one: succeeded({ reused }) };

    const [outcome] = outcomesIn({ plan: plan('one'), outcomes });

    expect(outcome).toMatchObject({ state: 'succeeded', reused: true });
    expect(JSON.stringify(outcome)).not.toContain('upl_other');
  });
});
