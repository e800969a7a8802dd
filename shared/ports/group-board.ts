/** A fast view of groups, as the status board is one of uploads: it may vanish, lag or lie, and decides nothing. */
import type { GroupDocument } from '../domain/group-status.ts';

/** No method ever throws or takes longer than the adapter's named time-out. */
export interface GroupBoard {
  /** Shows the document unless one of a newer `rev` is shown; gone by itself after a short while. */
  showGroup(document: GroupDocument): Promise<'shown' | 'older' | 'unavailable'>;
  findGroup(tenant: string, groupId: string): Promise<GroupDocument | 'missing' | 'unavailable'>;
}
