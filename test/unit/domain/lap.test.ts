import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWorthALook, type Lap, lapAfter, lapIn } from '../../../shared/domain/lap.ts';
import { MINUTE, T0 } from '../../support/factories.ts';

const lap: Lap = { begunAt: T0, seenUntil: T0 - 1, isWhole: true, cursor: 'incoming/acme/a' };

describe('a lap that was kept', () => {
  it('goes on where it was', () => {
    expect(lapIn(JSON.stringify(lap), T0 + 1)).toEqual(lap);
  });

  it.each([
    undefined,
    'incoming/acme/a',
    'null',
    '[]',
    '{"begunAt":1}',
    '{"begunAt":1,"seenUntil":0}',
    '{"begunAt":1,"seenUntil":0,"isWhole":1}',
    '{"begunAt":"1","seenUntil":0,"isWhole":true}',
    '{"begunAt":1,"seenUntil":0,"isWhole":true,"cursor":1}',
  ])('as %s is a first one, which has seen nothing', (kept) => {
    expect(lapIn(kept, T0)).toEqual({ begunAt: T0, seenUntil: 0, isWhole: true });
  });
});

describe('the lap after', () => {
  it('has seen what was old enough when the one before began', () => {
    expect(lapAfter(lap, T0 + 9)).toEqual({ begunAt: T0 + 9, seenUntil: T0, isWhole: true });
  });

  it('has seen no more than the one before when that one failed', () => {
    const failed = { ...lap, isWhole: false };

    expect(lapAfter(failed, T0 + 9)).toEqual({
      ...failed,
      begunAt: T0 + 9,
      isWhole: true,
      cursor: undefined,
    });
  });
});

describe('an object in the bucket', () => {
  it('is left to its event at first', () => {
    expect(isWorthALook(lap, T0, T0 + 15 * MINUTE - 1, 0)).toBe(false);
    expect(isWorthALook(lap, T0, T0 + 15 * MINUTE, 0.99)).toBe(true);
  });

  it('A17: is looked at in one lap after its first hour, however long laps are and whatever is drawn', () => {
    const laps = fc.array(fc.integer({ min: 1, max: 20_000 * MINUTE }), {
      minLength: 4,
      maxLength: 9,
    });
    fc.assert(
      fc.property(
        laps,
        fc.nat({ max: 60_000 * MINUTE }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        (lengths, madeAfter, within) => {
          const made = T0 + madeAfter;
          let current: Lap = lapIn(undefined, T0);
          let looks = 0;
          for (const length of [...lengths, ...lengths, 90_000 * MINUTE, MINUTE]) {
            // Always at the same place of the bucket, so at the same part of every lap.
            const seenAt = current.begunAt + length * within;
            if (seenAt >= made + 60 * MINUTE && isWorthALook(current, made, seenAt, 0.999_999))
              looks += 1;
            current = lapAfter(current, current.begunAt + length);
          }
          expect(looks).toBeGreaterThan(0);
        },
      ),
    );
  });

  it('that was seen is looked at again the more rarely the older it is', () => {
    const seen = { ...lap, seenUntil: T0 + 500 * 60 * MINUTE };
    const worth = (hours: number, fraction: number) =>
      isWorthALook(seen, T0, T0 + hours * 60 * MINUTE, fraction);

    expect([worth(4, 0.25), worth(4, 0.26)]).toEqual([true, false]);
    expect([worth(400, 0.0025), worth(400, 0.0026)]).toEqual([true, false]);
  });
});
