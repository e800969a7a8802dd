/** A memory world whose tenant `acme` has a quota. */
import { RequestError } from '../../shared/domain/errors.ts';
import type { TenantQuota } from '../../shared/domain/quota.ts';
import { createSetTenantQuota } from '../../shared/usecases/tenant-quotas.ts';
import { createMemoryWorld, PRINCIPAL, type WorldOptions } from './memory-world.ts';

export const createQuotaWorld = async (
  quota: TenantQuota = { uploads: 2 },
  options: WorldOptions = {},
) => {
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
