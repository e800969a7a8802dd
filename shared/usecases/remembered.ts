/** What is asked for again and again and changes seldom: read once a minute by each sandbox. */
import type { Clock } from '../ports/clock.ts';

/** How long a change may take to reach every sandbox. */
const REMEMBERED_MS = 60_000;
/** Tenants of which one sandbox remembers something. */
const MOST_TENANTS = 1_000;

/** One read for a tenant a minute, however many ask; one that fails is not remembered. */
export const createRemembered = <T>(
  find: (tenant: string) => Promise<T>,
  clock: Clock,
): ((tenant: string) => Promise<T>) => {
  const known = new Map<string, { readonly until: number; readonly found: Promise<T> }>();
  return (tenant) => {
    const now = clock.now();
    const remembered = known.get(tenant);
    if (remembered !== undefined && remembered.until > now) return remembered.found;
    if (known.size >= MOST_TENANTS) known.clear();
    const found = find(tenant);
    known.set(tenant, { until: now + REMEMBERED_MS, found });
    found.catch(() => known.delete(tenant));
    return found;
  };
};
