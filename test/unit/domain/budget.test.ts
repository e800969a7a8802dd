import { describe, expect, it } from 'vitest';
import { createBudgetMeter, DEFAULT_BUDGET, type Resource } from '../../../shared/domain/budget.ts';
import { NonRetryableError } from '../../../shared/domain/errors.ts';

const RESOURCES = Object.keys(DEFAULT_BUDGET) as readonly Resource[];

describe('createBudgetMeter', () => {
  it.each(RESOURCES)('lets a step spend its limit of %s and stops it one beyond', (resource) => {
    const meter = createBudgetMeter({ [resource]: 10 });

    meter.spend(resource, 4);
    meter.spend(resource, 6);

    expect(() => meter.spend(resource, 1)).toThrow(NonRetryableError);
  });

  it('names the resource and its limit', () => {
    const meter = createBudgetMeter({ pixels: 100 });

    expect(() => meter.spend('pixels', 101)).toThrow(
      expect.objectContaining({ code: 'over_budget', detail: 'The limit is 100 pixels.' }),
    );
  });

  it('counts each resource for itself', () => {
    const meter = createBudgetMeter({ pages: 1, frames: 1 });

    meter.spend('pages', 1);

    expect(() => meter.spend('frames', 1)).not.toThrow();
  });

  it('judges only the largest single value of what is reached', () => {
    const meter = createBudgetMeter({ nesting: 3 });

    meter.reach('nesting', 3);
    meter.reach('nesting', 3);

    expect(() => meter.reach('nesting', 4)).toThrow(/The limit is 3 nesting\./);
  });

  it('stays spent after it said no', () => {
    const meter = createBudgetMeter({ bytesOut: 10 });

    expect(() => meter.spend('bytesOut', 11)).toThrow();
    expect(() => meter.spend('bytesOut', 1)).toThrow();
  });

  it('has a default for every resource that a step does not limit itself', () => {
    const { limits } = createBudgetMeter({ pixels: 1 });

    expect(limits).toEqual({ ...DEFAULT_BUDGET, pixels: 1 });
    expect(Object.values(DEFAULT_BUDGET).every((limit) => limit > 0)).toBe(true);
  });
});
