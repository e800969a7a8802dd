import { describe, expect, it } from 'vitest';
import { partStepIn, partStepName, partStepsAmong } from '../../../shared/domain/part.ts';

describe('the name of a step on a part', () => {
  it('says of which step it is, and of which part', () => {
    const part = { index: 2, count: 20 };
    const name = partStepName('table-profile', part);

    expect(name).toBe('table-profile-part-3-of-20');
    expect(partStepIn(name)).toEqual({ step: 'table-profile', part });
  });

  it.each([
    'table-profile',
    'table-profile-part-0-of-3',
    'table-profile-part-4-of-3',
    'table-profile-part-1-of-33',
    '-part-1-of-3',
  ])('is none in %s', (name) => {
    expect(partStepIn(name)).toBeUndefined();
  });

  it('puts parts in the order of the file', () => {
    const names = ['b-part-1-of-12', 'a-part-10-of-12', 'a-part-2-of-12', 'a'];

    expect(partStepsAmong(names, 'a')).toEqual(['a-part-2-of-12', 'a-part-10-of-12']);
  });
});
