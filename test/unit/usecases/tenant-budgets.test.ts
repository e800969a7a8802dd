import { describe, expect, it } from 'vitest';
import { operatorCommand } from '../../../shared/contracts/operate.ts';
import { type Budget, CEILING, DEFAULT_BUDGET, limitsFor } from '../../../shared/domain/budget.ts';
import { RetryableError } from '../../../shared/domain/errors.ts';
import type { TenantBudgetStore } from '../../../shared/ports/tenant-budget-store.ts';
import { processors } from '../../../shared/processors/registry.ts';
import { createBudgetOf, createSetTenantBudget } from '../../../shared/usecases/tenant-budgets.ts';
import { MINUTE, TENANT } from '../../support/factories.ts';
import { createMemoryWorld, drain } from '../../support/memory-world.ts';
import { processor } from '../../support/processors.ts';

const setup = (budget: Partial<Budget> = {}, ceiling: Partial<Budget> = {}) => {
  const seen: Budget[] = [];
  const one = processor('one', {
    budget,
    ceiling,
    run: async (input) => {
      seen.push(input.budget.limits);
      input.budget.spend('entries', 10);
      return {};
    },
  });
  const world = createMemoryWorld({ processors: [one] });
  const process = async () => {
    const { id, submit } = await world.announce();
    submit();
    await drain(world);
    return (await world.store.find(id))?.outcomes.one;
  };
  return { ...world, ...world.deps, seen, process };
};

describe('the limits of a tenant', () => {
  it('lower what a step may spend', async () => {
    const world = setup({ entries: 100 });
    await world.tenantBudgets.keep(TENANT, { one: { entries: 9 } });

    expect(await world.process()).toMatchObject({ state: 'failed', code: 'over_budget' });
  });

  it('raise what a step may spend', async () => {
    const world = setup({ entries: 9 });
    expect(await world.process()).toMatchObject({ state: 'failed', code: 'over_budget' });
    await world.tenantBudgets.keep(TENANT, { one: { entries: 10 } });
    world.clock.tick(MINUTE);

    expect(await world.process()).toMatchObject({ state: 'succeeded' });
  });

  it('raise nothing above the ceiling, and leave alone what they do not name', async () => {
    const world = setup({ entries: 20, wallSeconds: 7 }, { entries: 30 });
    const limits = { entries: 1e9, nesting: 1e9, pages: 3 };
    await world.tenantBudgets.keep(TENANT, { one: limits, two: { frames: 1 } });
    await world.process();

    expect(world.seen).toEqual([
      { ...DEFAULT_BUDGET, wallSeconds: 7, entries: 30, nesting: CEILING.nesting, pages: 3 },
    ]);
  });

  it('are those of no other tenant', async () => {
    const world = setup({ entries: 100 });
    await world.tenantBudgets.keep('other', { one: { entries: 9 } });

    expect(await world.process()).toMatchObject({ state: 'succeeded' });
  });

  it('are asked for once a minute, however many messages come', async () => {
    const world = setup();
    let reads = 0;
    const tenantBudgets: TenantBudgetStore = {
      ...world.tenantBudgets,
      find: async () => {
        reads += 1;
        return {};
      },
    };
    const budgetOf = createBudgetOf({ tenantBudgets, clock: world.clock });

    await Promise.all([budgetOf('a'), budgetOf('a'), budgetOf('b')]);
    world.clock.tick(MINUTE - 1);
    await budgetOf('a');
    expect(reads).toBe(2);
    world.clock.tick(1);
    await budgetOf('a');
    expect(reads).toBe(3);
  });

  it('that could not be read are asked for again, and until then nothing is spent', async () => {
    const world = setup();
    let isDown = true;
    const tenantBudgets: TenantBudgetStore = {
      ...world.tenantBudgets,
      find: async () => {
        if (isDown) throw new RetryableError('store_unavailable');
        return { one: { entries: 1 } };
      },
    };
    const budgetOf = createBudgetOf({ tenantBudgets, clock: world.clock });

    await expect(budgetOf('a')).rejects.toMatchObject({ code: 'store_unavailable' });
    isDown = false;
    expect(await budgetOf('a')).toEqual({ one: { entries: 1 } });
  });
});

describe('the ceiling', () => {
  it('is not below what any processor may spend anyhow', () => {
    for (const { name, budget: own, ceiling } of processors) {
      const limits = limitsFor({ own });
      expect(limitsFor({ own, ceiling, override: limits }), name).toEqual(limits);
    }
  });
});

describe("an operator's command", () => {
  const set = () => {
    const { tenantBudgets } = setup();
    return createSetTenantBudget(tenantBudgets, processors);
  };

  it('sets the limits of a tenant, shows what is in force, and replaces them all the next time', async () => {
    const command = set();
    const limits = { 'table-profile': { entries: 1e6, wallSeconds: 60 } };

    expect(await command({ tenant: 'acme', limits })).toMatchObject({
      limits,
      inForce: { 'table-profile': { entries: 16_384, wallSeconds: 60, bytesIn: 10 * 1024 ** 3 } },
    });
    expect(await command({ tenant: 'acme' })).toMatchObject({ limits });
    expect(await command({ tenant: 'acme', limits: {} })).toEqual({
      tenant: 'acme',
      limits: {},
      inForce: {},
    });
  });

  it('shows also what was set for a step that there is no more, of which nothing is in force', async () => {
    const { tenantBudgets } = setup();
    const limits = { 'of-last-year': { entries: 1 } };
    await tenantBudgets.keep('acme', limits);

    expect(await createSetTenantBudget(tenantBudgets, processors)({ tenant: 'acme' })).toEqual({
      tenant: 'acme',
      limits,
      inForce: {},
    });
  });

  it('is refused for a step that there is not', async () => {
    const limits = { 'table-profil': { entries: 1 } };

    await expect(set()({ tenant: 'acme', limits })).rejects.toMatchObject({
      code: 'invalid_request',
      detail: 'There is no step table-profil.',
    });
  });

  it.each([
    ['a misspelt resource', { 'table-profile': { entry: 1 } }],
    ['a limit of nothing', { 'table-profile': { entries: 0 } }],
    ['a limit that is no number', { 'table-profile': { entries: '9' } }],
  ])('is refused for %s', (_what, limits) => {
    const command = { command: 'tenant-budget', tenant: 'acme', limits };

    expect(operatorCommand.safeParse(command).success).toBe(false);
  });
});
