import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareSequencers,
  compareVersions,
  type VersionOrder,
} from '../../../shared/domain/object-version.ts';
import { objectVersion, T0 } from '../../support/factories.ts';

const OPPOSITE = { same: 'same', older: 'newer', newer: 'older' } as const;

const sequencer = fc.stringMatching(/^[0-9A-F]{1,20}$/);

describe('compareSequencers', () => {
  it.each<[string, string, VersionOrder]>([
    ['0055AED6DCD90281E5', '0055AED6DCD90281E5', 'same'],
    ['0055AED6DCD90281E5', '0055AED6DCD90281E6', 'older'],
    ['0055AED6DCD90281E6', '0055AED6DCD90281E5', 'newer'],
    // Of unequal length: the shorter one counts as if zeros followed.
    ['00EF', '000E10', 'newer'],
    ['000E10', '00EF', 'older'],
    ['000A', '000A8', 'older'],
    ['000B', '000A8', 'newer'],
    ['000A', '000A00', 'same'],
    ['000A00', '000A', 'same'],
    ['A', '0A', 'newer'],
    // Case says nothing: EventBridge writes it small.
    ['0055aed6dcd90281e5', '0055AED6DCD90281E5', 'same'],
    ['00ab', '00AC', 'older'],
  ])('A3: %s is to %s the %s one', (left, right, expected) => {
    expect(compareSequencers(left, right)).toBe(expected);
  });

  it('A3: is a total order: opposite when turned round, and never a circle', () => {
    fc.assert(
      fc.property(sequencer, sequencer, sequencer, (a, b, c) => {
        const ab = compareSequencers(a, b);
        expect(compareSequencers(b, a)).toBe(OPPOSITE[ab]);
        if (ab === compareSequencers(b, c)) expect(compareSequencers(a, c)).toBe(ab);
      }),
    );
  });

  it('A3: orders as the numbers behind the padding do', () => {
    fc.assert(
      fc.property(sequencer, sequencer, (a, b) => {
        const [left, right] = [a, b].map((text) => BigInt(`0x${text.padEnd(20, '0')}`));
        const expected = left === right ? 'same' : left! < right! ? 'older' : 'newer';

        expect(compareSequencers(a, b)).toBe(expected);
      }),
    );
  });
});

describe('compareVersions', () => {
  const current = objectVersion({ versionId: 'v-1', eTag: 'e-1', sequencer: '0010' });

  it.each<[string, Partial<typeof current>, VersionOrder]>([
    ['the same version id, whatever else', { eTag: 'other', sequencer: '0099' }, 'same'],
    [
      'another version id with a higher sequencer',
      { versionId: 'v-2', sequencer: '0011' },
      'newer',
    ],
    ['another version id with a lower sequencer', { versionId: 'v-0', sequencer: '0009' }, 'older'],
    [
      'no version id but the same ETag and time',
      { versionId: undefined, sequencer: undefined },
      'same',
    ],
    [
      'no version id, another ETag, a higher sequencer',
      { versionId: undefined, eTag: 'e-2', sequencer: '0011' },
      'newer',
    ],
    [
      'no sequencer and a later time',
      { versionId: 'v-2', sequencer: undefined, lastModified: T0 + 1000 },
      'newer',
    ],
    [
      'no sequencer and an earlier time',
      { versionId: 'v-0', sequencer: undefined, lastModified: T0 - 1000 },
      'older',
    ],
    [
      'no sequencer within the same second, so found by looking',
      { versionId: 'v-2', sequencer: undefined },
      'newer',
    ],
  ])('A5: %s', (_name, candidate, expected) => {
    expect(compareVersions({ ...current, ...candidate }, current)).toBe(expected);
  });

  it('A5: an event is older than what was found by looking in the same second', () => {
    const found = { ...current, versionId: 'v-2', eTag: 'e-2', sequencer: undefined };

    expect(compareVersions(current, found)).toBe('older');
  });
});
