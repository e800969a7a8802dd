/** Idempotency keys in memory, with the same answers as DynamoDB. */
import type { IdempotencyRecord, IdempotencyStore } from '../../ports/idempotency-store.ts';

export const createMemoryIdempotencyStore = (): IdempotencyStore => {
  const records = new Map<string, IdempotencyRecord>();
  return {
    async claim({ tenant, owner, key }, record, now) {
      const name = JSON.stringify([tenant, owner, key]);
      const standing = records.get(name);
      if (standing !== undefined && standing.expiresAt > now) return standing;
      records.set(name, record);
      return record;
    },
  };
};
