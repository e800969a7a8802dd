/** L6, as far as it can be seen in what is written: whose an upload is, and that nothing in it comes from anybody else. */
import { parentOf } from '../../shared/domain/children.ts';
import { isDeleted, type Upload } from '../../shared/domain/upload.ts';
import type { Violation } from './problem.ts';

export interface Tenancy {
  /** Something of this upload was met as that of this tenant: a violation when it is another's. */
  met(uploadId: string, tenant: string, what: string): void;
  /** Whose it is; undefined as long as it has no row. */
  tenantOf(uploadId: string): string | undefined;
  /** Its owner asks for its deletion. */
  askedToDelete(uploadId: string): void;
  /** Told of every row that is written. */
  check(row: Upload): void;
}

export const createTenancy = (violate: (violation: Violation) => void): Tenancy => {
  const tenants = new Map<string, string>();
  const asked = new Set<string>();
  const met: Tenancy['met'] = (uploadId, tenant, what) => {
    const own = tenants.get(uploadId) ?? tenant;
    if (own === tenant) return;
    violate({ law: 'L6', uploadId, what: `is of ${own} and ${what} as of ${tenant}` });
  };
  return {
    met,
    tenantOf: (uploadId) => tenants.get(uploadId),
    askedToDelete: (uploadId) => void asked.add(uploadId),
    check(row) {
      const { id: uploadId, tenant, outcomes } = row;
      met(uploadId, tenant, 'was written');
      tenants.set(uploadId, tenant);
      for (const outcome of Object.values(outcomes)) {
        if (outcome.state !== 'succeeded') continue;
        if (outcome.reused !== undefined) met(outcome.reused.uploadId, tenant, 'reused');
        for (const { key } of outcome.files) met(key.split('/')[1] ?? '', tenant, 'named in it');
      }
      // A child goes with its parent, or when its parent did not make all of them.
      if (!isDeleted(row) || asked.has(uploadId) || parentOf(row) !== undefined) return;
      violate({ law: 'L6', uploadId, what: 'was deleted, and its owner did not ask for it' });
    },
  };
};
