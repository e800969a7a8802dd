/** What a tenant may have on its way: room is free as soon as an upload waits no more, whoever was or was not told of that. */
import { describe, expect, it } from 'vitest';
import { createMemoryClock } from '../../../shared/adapters/memory/memory-clock.ts';
import { RequestError } from '../../../shared/domain/errors.ts';
import { type TenantQuota, usedBy } from '../../../shared/domain/quota.ts';
import { rateOf } from '../../../shared/domain/rate.ts';
import { createAdmitUploads } from '../../../shared/usecases/admit-uploads.ts';
import { createCreateGroup } from '../../../shared/usecases/create-group.ts';
import { createCreateUploadOnce } from '../../../shared/usecases/create-upload-once.ts';
import { finalizeMessageFor } from '../../../shared/usecases/drive-forward.ts';
import {
  createQuotaOf,
  createRatesOf,
  createSetTenantQuota,
} from '../../../shared/usecases/tenant-quotas.ts';
import {
  createMemoryWorld,
  drain,
  PRINCIPAL,
  type WorldOptions,
} from '../../support/memory-world.ts';

const MINUTE = 60_000;
/** Longer than a full tenant is told to wait. */
const PAUSE_MS = 2_000;

const setup = async (quota: TenantQuota = { uploads: 2 }, options: WorldOptions = {}) => {
  const world = createMemoryWorld(options);
  await world.deps.tenantQuotas.keep('acme', quota);
  let announced = 0;
  /** Each by a user of its own, the first by the `PRINCIPAL`, unless it is said whose. */
  const announce = (size = 5, owner = announced === 0 ? 'ann' : `user-${announced}`) => {
    announced += 1;
    return world.announce('x'.repeat(size), 'a', undefined, { ...PRINCIPAL, owner });
  };
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'taken',
      (error: unknown) => (error instanceof RequestError ? error.code : String(error)),
    );
  const onItsWay = async () =>
    (await createSetTenantQuota(world.deps)({ tenant: 'acme' })).onItsWay;
  return { ...world, world, announce, codeOf, onItsWay };
};

describe('a tenant that has as much on its way as it may', () => {
  it('E16: is refused the next upload, until one of them has arrived', async () => {
    const { world, clock, announce, codeOf, onItsWay } = await setup();
    const first = await announce();
    await announce();
    expect(await codeOf(announce())).toBe('too_many_uploads');

    first.submit();
    await drain(world);
    clock.tick(PAUSE_MS);

    expect(await onItsWay()).toEqual({ uploads: 1, bytes: 5 });
    expect(await codeOf(announce())).toBe('taken');
    expect(await codeOf(announce())).toBe('too_many_uploads');
  });

  it('E16: is refused more bytes, to the byte', async () => {
    const { announce, codeOf } = await setup({ bytes: 10 });

    expect(await codeOf(announce(6))).toBe('taken');
    expect(await codeOf(announce(5))).toBe('too_many_bytes');
    expect(await codeOf(announce(4))).toBe('taken');
    expect(await codeOf(announce(11))).toBe('over_quota');
  });

  it('E16: leaves its neighbours and tenants without a quota alone, for whom nothing is written', async () => {
    const { deps, announce, createUpload, codeOf } = await setup({ uploads: 0 });
    const declared = { name: 'a', size: 5, type: 'text/plain' };

    expect(await codeOf(announce())).toBe('over_quota');
    for (const tenant of ['other', 'dev']) {
      const principal = { tenant, owner: 'ann' };
      expect(await codeOf(createUpload({ principal, declared, requestId: 'r' }))).toBe('taken');
      expect(await deps.reservations.held(tenant)).toEqual({ held: [], settledAt: 0 });
    }
  });

  it.each([
    [
      'was deleted',
      async ({ deleteUpload, meta }: Awaited<ReturnType<typeof setup>>, id: string) => {
        await deleteUpload(PRINCIPAL, id, meta().requestId);
      },
    ],
    [
      'expired',
      async ({ clock, finalizeUpload, meta }: Awaited<ReturnType<typeof setup>>, id: string) => {
        clock.tick(16 * MINUTE);
        await finalizeUpload(finalizeMessageFor(id), meta());
      },
    ],
    [
      'waits in vain, and nobody sweeps',
      async ({ clock }: Awaited<ReturnType<typeof setup>>) => {
        clock.tick(31 * MINUTE);
      },
    ],
  ])('E16: has room again when an upload %s', async (_name, end) => {
    const all = await setup({ uploads: 1 });
    const { id } = await all.announce();
    expect(await all.codeOf(all.announce())).toBe('too_many_uploads');

    await end(all, id);
    all.clock.tick(PAUSE_MS);

    expect(await all.codeOf(all.announce())).toBe('taken');
  });

  it('keeps room for an upload that is sent in parts as long as these may take', async () => {
    const { deps, clock, store, announce, codeOf } = await setup({ uploads: 1 });
    const { id } = await announce();
    const upload = await store.find(id);
    if (upload?.state !== 'awaiting_upload') throw new Error('It does not wait.');
    const uploadDeadline = clock.now() + 24 * 60 * MINUTE;
    await deps.store.put({ ...upload, rev: 2, uploadDeadline, dueAt: uploadDeadline });

    clock.tick(23 * 60 * MINUTE);

    expect(await codeOf(announce())).toBe('too_many_uploads');
  });

  it('C4: has room again when whoever reserved it died before there was an upload', async () => {
    let isBroken = true;
    const { clock, announce, codeOf } = await setup(
      { uploads: 1 },
      {
        store: (store) => ({
          put: async (upload) => {
            if (isBroken) throw new Error('killed');
            return store.put(upload);
          },
        }),
      },
    );
    await announce().catch(() => undefined);
    isBroken = false;
    expect(await codeOf(announce())).toBe('too_many_uploads');

    clock.tick(MINUTE);

    expect(await codeOf(announce())).toBe('taken');
  });

  it('E16: asks its uploads once in two seconds, however often it tries', async () => {
    let asked = 0;
    const { clock, announce, codeOf } = await setup(
      { uploads: 1 },
      {
        store: (store) => ({
          findAll: (ids) => {
            asked += 1;
            return store.findAll(ids);
          },
        }),
      },
    );
    await announce();
    // There was room: nobody had to be asked.
    expect(asked).toBe(0);

    for (let tries = 0; tries < 50; tries += 1)
      expect(await codeOf(announce())).toBe('too_many_uploads');
    expect(asked).toBe(1);

    clock.tick(PAUSE_MS);
    await codeOf(announce());
    expect(asked).toBe(2);
  });

  it('is refused a group as a whole, and given one as a whole', async () => {
    const { deps, codeOf, onItsWay } = await setup({ uploads: 3 });
    const group = (count: number) => {
      const declared = { name: 'a', size: 5, type: 'text/plain' };
      const files = Array.from({ length: count }, () => ({ declared }));
      return createCreateGroup(deps)({ principal: PRINCIPAL, files, requestId: 'r' });
    };

    expect(await codeOf(group(4))).toBe('over_quota');
    expect(await codeOf(group(2))).toBe('taken');
    expect(await codeOf(group(2))).toBe('too_many_uploads');

    expect(await onItsWay()).toEqual({ uploads: 2, bytes: 10 });
  });

  it('needs no room for what the same request, sent twice at once, has just been given', async () => {
    const { deps, codeOf } = await setup({ uploads: 1 });
    const { reservations } = deps;
    let asked = 0;
    const admit = createAdmitUploads({
      ...deps,
      reservations: {
        ...reservations,
        reserve: async (...terms) => {
          asked += 1;
          const answer = await reservations.reserve(...terms);
          return asked === 1 ? 'no_room' : answer;
        },
      },
    });

    expect(await codeOf(admit(PRINCIPAL, [{ id: 'upl_1', size: 5 }]))).toBe('taken');
    expect(usedBy((await reservations.held('acme')).held)).toEqual({ uploads: 1, bytes: 5 });
  });

  it('counts a repeated request once, and takes the refused one when there is room', async () => {
    const { deps, clock, codeOf, onItsWay, deleteUpload, announce } = await setup({ uploads: 2 });
    const once = (key: string) =>
      createCreateUploadOnce(deps)({
        principal: { ...PRINCIPAL, owner: key },
        declared: { name: 'a', size: 5, type: 'text/plain' },
        requestId: 'r',
        key,
      });
    const { id } = await announce();

    for (let times = 0; times < 3; times += 1) expect(await codeOf(once('one'))).toBe('taken');
    expect(await onItsWay()).toEqual({ uploads: 2, bytes: 10 });
    expect(await codeOf(once('two'))).toBe('too_many_uploads');
    await deleteUpload(PRINCIPAL, id, 'r');
    clock.tick(PAUSE_MS);

    expect(await codeOf(once('two'))).toBe('taken');
  });
});

describe('one user of a tenant with a quota', () => {
  it('E16: is refused more than half of it, and leaves the other half to the others', async () => {
    const { announce, codeOf } = await setup({ uploads: 5, bytes: 100 });

    for (let count = 0; count < 3; count += 1) {
      expect(await codeOf(announce(5, 'ann'))).toBe('taken');
    }
    expect(await codeOf(announce(0, 'ann'))).toBe('too_many_uploads');

    expect(await codeOf(announce(40, 'bob'))).toBe('taken');
    expect(await codeOf(announce(11, 'bob'))).toBe('too_many_bytes');
    expect(await codeOf(announce(10, 'bob'))).toBe('taken');
  });

  it('E16: may have one upload that is larger than its half, and then no other', async () => {
    const { announce, codeOf } = await setup({ bytes: 100 });

    expect(await codeOf(announce(80, 'ann'))).toBe('taken');
    expect(await codeOf(announce(1, 'ann'))).toBe('too_many_bytes');
    expect(await codeOf(announce(20, 'bob'))).toBe('taken');
  });

  it('E16: never gets a group that is more than its half', async () => {
    const { deps, codeOf } = await setup({ uploads: 8, bytes: 20 });
    const group = (count: number, size: number) => {
      const files = Array.from({ length: count }, () => ({
        declared: { name: 'a', size, type: 'text/plain' },
      }));
      return createCreateGroup(deps)({ principal: PRINCIPAL, files, requestId: 'r' });
    };

    expect(await codeOf(group(5, 1))).toBe('over_quota');
    expect(await codeOf(group(2, 6))).toBe('over_quota');
    expect(await codeOf(group(4, 2))).toBe('taken');
  });

  it('has room again when its own uploads wait no more', async () => {
    const { world, clock, announce, codeOf } = await setup({ uploads: 2 });
    const { submit } = await announce(5, 'ann');
    expect(await codeOf(announce(5, 'ann'))).toBe('too_many_uploads');

    submit();
    await drain(world);
    clock.tick(PAUSE_MS);

    expect(await codeOf(announce(5, 'ann'))).toBe('taken');
  });
});

describe('a tenant without limits of its own', () => {
  const everyonesQuota = { uploads: 2, bytes: 10 };

  it('E16: has those of everybody', async () => {
    const { announce, codeOf } = await setup({}, { everyonesQuota });

    expect(await codeOf(announce(11))).toBe('over_quota');
    expect(await codeOf(announce(5))).toBe('taken');
    expect(await codeOf(announce(6))).toBe('too_many_bytes');
    expect(await codeOf(announce(5))).toBe('taken');
    expect(await codeOf(announce(0))).toBe('too_many_uploads');
  });

  it('E16: has them where its own say nothing, and its own where they do', async () => {
    const { announce, codeOf } = await setup({ uploads: 3 }, { everyonesQuota });

    for (const size of [5, 5, 0]) expect(await codeOf(announce(size))).toBe('taken');
    expect(await codeOf(announce(0))).toBe('too_many_uploads');
    expect(await codeOf(announce(11))).toBe('over_quota');
  });

  it('pays for the uploads that wait, and not for all that ever did', async () => {
    const { world, deps, clock, announce } = await setup(
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
    const { deps, clock, announce } = await setup({}, { everyonesQuota: { uploads: 1_000 } });
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
    const { deps } = await setup({ uploads: 2 });
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
    const { deps, clock } = await setup({ requestsPerSecond: 1 });
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
