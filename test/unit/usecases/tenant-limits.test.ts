/** The limits of a tenant: everybody's where it has none of its own, and what an operator gave it. */
import { describe, expect, it } from 'vitest';
import { createMemoryClock } from '../../../shared/adapters/memory/memory-clock.ts';
import { rateOf } from '../../../shared/domain/rate.ts';
import {
  createQuotaOf,
  createRatesOf,
  createSetTenantQuota,
} from '../../../shared/usecases/tenant-quotas.ts';
import { drain } from '../../support/memory-world.ts';
import { createQuotaWorld } from '../../support/quota-world.ts';

const MINUTE = 60_000;
/** Longer than a full tenant is told to wait. */
const PAUSE_MS = 2_000;

describe('a tenant without limits of its own', () => {
  const everyonesQuota = { uploads: 2, bytes: 10 };

  it('E16: has those of everybody', async () => {
    const { announce, codeOf } = await createQuotaWorld({}, { everyonesQuota });

    expect(await codeOf(announce(11))).toBe('over_quota');
    expect(await codeOf(announce(5))).toBe('taken');
    expect(await codeOf(announce(6))).toBe('too_many_bytes');
    expect(await codeOf(announce(5))).toBe('taken');
    expect(await codeOf(announce(0))).toBe('too_many_uploads');
  });

  it('E16: has them where its own say nothing, and its own where they do', async () => {
    const { announce, codeOf } = await createQuotaWorld({ uploads: 3 }, { everyonesQuota });

    for (const size of [5, 5, 0]) expect(await codeOf(announce(size))).toBe('taken');
    expect(await codeOf(announce(0))).toBe('too_many_uploads');
    expect(await codeOf(announce(11))).toBe('over_quota');
  });

  it('pays for the uploads that wait, and not for all that ever did', async () => {
    const { world, deps, clock, announce } = await createQuotaWorld(
      {},
      { everyonesQuota: { uploads: 1_000 } },
    );
    let most = 0;

    for (let count = 0; count < 200; count += 1) {
      (await announce()).submit();
      await drain(world);
      clock.tick(PAUSE_MS);
      most = Math.max(most, (await deps.reservations.held('acme')).held.length);
    }

    expect(most).toBe(50);
  });

  it('with many that wait is looked through now and then, and not at every upload', async () => {
    const { deps, clock, announce } = await createQuotaWorld(
      {},
      { everyonesQuota: { uploads: 1_000 } },
    );
    const { held } = deps.reservations;
    let looked = 0;
    Object.assign(deps.reservations, {
      held: (tenant: string) => {
        looked += 1;
        return held(tenant);
      },
    });

    for (let count = 0; count < 100; count += 1) await announce();
    expect(looked).toBe(1);

    clock.tick(10_000);
    await announce();
    expect(looked).toBe(2);
  });
});

describe('the command for the limits of a tenant', () => {
  it('keeps what it is given, and only shows it when it is given nothing', async () => {
    const { deps } = await createQuotaWorld({ uploads: 2 });
    const command = createSetTenantQuota(deps);

    expect(await command({ tenant: 'acme', limits: { uploads: 7 } })).toMatchObject({
      limits: { uploads: 7 },
    });
    expect(await deps.tenantQuotas.find('acme')).toEqual({ uploads: 7 });
    expect(await command({ tenant: 'acme' })).toMatchObject({ limits: { uploads: 7 } });
    expect(await deps.tenantQuotas.find('acme')).toEqual({ uploads: 7 });
  });
});

describe('the rates of a tenant', () => {
  const RATES = { requests: rateOf(20), polls: rateOf(50) };

  it('are its own where an operator gave it some, from the next minute on', async () => {
    const { deps, clock } = await createQuotaWorld({ requestsPerSecond: 1 });
    const ratesOf = createRatesOf(RATES, createQuotaOf(deps.tenantQuotas, clock), clock);

    expect(await ratesOf('acme')).toEqual({ requests: rateOf(1), polls: rateOf(50) });
    expect(await ratesOf('other')).toEqual(RATES);

    await deps.tenantQuotas.keep('acme', { pollsPerSecond: 0 });
    expect(await ratesOf('acme')).toEqual({ requests: rateOf(1), polls: rateOf(50) });
    clock.tick(MINUTE);
    expect(await ratesOf('acme')).toEqual({ requests: rateOf(20), polls: rateOf(0) });
  });

  it('are everybody’s while its own cannot be read, for which nobody waits more than once in five seconds', async () => {
    const clock = createMemoryClock();
    let asked = 0;
    const ratesOf = createRatesOf(
      RATES,
      async () => {
        asked += 1;
        if (asked === 1) throw new Error('away');
        return { pollsPerSecond: 1 };
      },
      clock,
    );

    expect(await ratesOf('acme')).toEqual(RATES);
    clock.tick(4_999);
    expect(await ratesOf('acme')).toEqual(RATES);
    expect(asked).toBe(1);
    clock.tick(1);
    expect(await ratesOf('acme')).toEqual({ requests: rateOf(20), polls: rateOf(1) });
  });
});
