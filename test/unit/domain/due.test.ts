import { describe, expect, it } from 'vitest';
import {
  EXPIRY_GRACE_MS,
  expiryDueAt,
  FIRST_DRIVE_MS,
  MAX_DRIVES,
  nextDriveAt,
} from '../../../shared/domain/due.ts';
import { MINUTE, T0 } from '../../support/factories.ts';

describe('nextDriveAt', () => {
  it('waits longer with every drive, up to six hours', () => {
    const waits = Array.from({ length: 7 }, (_, drives) => (nextDriveAt(T0, drives) - T0) / MINUTE);

    expect(waits).toEqual([20, 40, 80, 160, 320, 360, 360]);
  });

  it('falls on the same time for all changes within ten minutes', () => {
    const times = [1, 5, 9].map((minutes) => nextDriveAt(T0 + minutes * MINUTE, 0));

    expect(times).toEqual([T0 + 30 * MINUTE, T0 + 30 * MINUTE, T0 + 30 * MINUTE]);
  });

  it('C18: gives up after little more than a day', () => {
    let hours = 0;
    for (let drives = 0; drives <= MAX_DRIVES; drives += 1) {
      hours += (nextDriveAt(T0, drives) - T0) / (60 * MINUTE);
    }

    expect(hours).toBeGreaterThan(24);
    expect(hours).toBeLessThan(48);
  });

  it('C11: stays a time whatever the number of drives', () => {
    expect(nextDriveAt(T0, 2000)).toBe(T0 + 360 * MINUTE);
    expect(nextDriveAt(T0, 0)).toBe(T0 + FIRST_DRIVE_MS);
  });
});

describe('expiryDueAt', () => {
  it('A8: leaves a late event its grace after the address ran out', () => {
    expect(expiryDueAt({ uploadDeadline: T0 })).toBe(T0 + EXPIRY_GRACE_MS);
  });

  it.each([
    [7_499_999, 0],
    [7_500_000, 1],
    [5 * 1024 ** 3, 715],
    // Such a file comes in parts, for which its deadline leaves a day.
    [5 * 1024 ** 3 + 1, 0],
  ])('leaves a form of %d bytes %d minutes more', (size, minutes) => {
    const declared = { name: 'a', size, type: 'text/csv' };

    expect(expiryDueAt({ uploadDeadline: T0, declared })).toBe(
      T0 + EXPIRY_GRACE_MS + minutes * MINUTE,
    );
  });
});
