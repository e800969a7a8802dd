/** What every store of cursors and of dead letters promises, whatever it is made of. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CursorStore } from '../../shared/ports/cursor-store.ts';
import type { DeadLetter, DeadLetterStore } from '../../shared/ports/dead-letter-store.ts';
import type { TenantBudgetStore } from '../../shared/ports/tenant-budget-store.ts';
import type { TenantQuotaStore } from '../../shared/ports/tenant-quota-store.ts';

interface SmallStores {
  readonly cursors: CursorStore;
  /** Empty at the start. */
  readonly letters: DeadLetterStore;
  readonly tenantBudgets: TenantBudgetStore;
  readonly tenantQuotas: TenantQuotaStore;
  close(): Promise<void>;
}

const letter = (messageId: string, overrides: Partial<DeadLetter> = {}): DeadLetter => ({
  messageId,
  queue: 'light',
  body: '{"größe":1}',
  fingerprint: 'crashed light digest',
  code: 'crashed',
  message: 'The worker died.',
  buriedAt: 1_795_000_000_000,
  ...overrides,
});

export const describeSmallStores = (name: string, setup: () => Promise<SmallStores>): void => {
  describe(`cursors and dead letters: ${name}`, () => {
    let stores: SmallStores;
    beforeAll(async () => {
      stores = await setup();
    });
    afterAll(() => stores?.close());

    it('keeps one cursor per job until it is told to start over', async () => {
      const { cursors } = stores;
      const [job, other] = [randomUUID(), randomUUID()];
      expect(await cursors.read(job)).toBeUndefined();
      await cursors.keep(job, 'a');
      await cursors.keep(job, 'incoming/dev/größe b');
      await cursors.keep(other, 'c');
      expect(await cursors.read(job)).toBe('incoming/dev/größe b');
      await cursors.keep(job, undefined);
      expect(await cursors.read(job)).toBeUndefined();
      expect(await cursors.read(other)).toBe('c');
    });

    it('keeps the quota of each tenant, and has none for another', async () => {
      const { tenantQuotas } = stores;
      const [tenant, other] = [randomUUID(), randomUUID()];
      expect(await tenantQuotas.find(tenant)).toEqual({});
      await tenantQuotas.keep(tenant, { uploads: 3, requestsPerSecond: 0.5 });
      await tenantQuotas.keep(tenant, { bytes: 5 * 1024 ** 4 });
      expect(await tenantQuotas.find(tenant)).toEqual({ bytes: 5 * 1024 ** 4 });
      expect(await tenantQuotas.find(other)).toEqual({});
    });

    it('keeps the limits of each tenant, and has none for another', async () => {
      const { tenantBudgets } = stores;
      const [tenant, other] = [randomUUID(), randomUUID()];
      expect(await tenantBudgets.find(tenant)).toEqual({});
      await tenantBudgets.keep(tenant, { 'table-profile': { entries: 9, wallSeconds: 0.5 } });
      await tenantBudgets.keep(tenant, {
        'json-check': { bytesIn: 5 * 1024 ** 3 },
        'xml-check': {},
      });
      expect(await tenantBudgets.find(tenant)).toEqual({
        'json-check': { bytesIn: 5 * 1024 ** 3 },
        'xml-check': {},
      });
      expect(await tenantBudgets.find(other)).toEqual({});
    });

    it('keeps letters by message, lists them page by page in order, and forgets', async () => {
      const { letters } = stores;
      const [a, b, c] = [letter('a'), letter('b', { uploadId: 'upl_1' }), letter('c')];
      for (const one of [c, a, letter('b', { body: 'older' }), b]) await letters.keep(one);

      const first = await letters.list(2);
      expect(first.letters).toEqual([a, b]);
      const second = await letters.list(2, first.cursor);
      expect(second.letters).toEqual([c]);

      await letters.forget('b');
      await letters.forget('b');
      expect((await letters.list(10)).letters).toEqual([a, c]);
    });
  });
};
