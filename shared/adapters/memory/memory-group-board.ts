/** The view of groups in memory; it can fall silent and forget, as Redis can. */
import type { GroupDocument } from '../../domain/group-status.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GroupBoard } from '../../ports/group-board.ts';
import { GROUP_KEPT_MS } from '../group-view.ts';
import { frozenCopy } from './frozen-copy.ts';

export interface MemoryGroupBoard extends GroupBoard {
  /** While silent, every answer is `unavailable` and nothing is taken. */
  silence(silent: boolean): void;
  flush(): void;
}

export const createMemoryGroupBoard = (clock: Clock): MemoryGroupBoard => {
  const shown = new Map<string, { readonly document: GroupDocument; readonly until: number }>();
  let isSilent = false;
  const keyOf = (tenant: string, groupId: string): string => `${tenant}/${groupId}`;
  const current = (key: string): GroupDocument | undefined => {
    const entry = shown.get(key);
    return entry !== undefined && entry.until > clock.now() ? entry.document : undefined;
  };
  return {
    async showGroup(document) {
      if (isSilent) return 'unavailable';
      const key = keyOf(document.tenant, document.status.id);
      if ((current(key)?.status.rev ?? 0) > document.status.rev) return 'older';
      shown.set(key, { document: frozenCopy(document), until: clock.now() + GROUP_KEPT_MS });
      return 'shown';
    },
    async findGroup(tenant, groupId) {
      return isSilent ? 'unavailable' : (current(keyOf(tenant, groupId)) ?? 'missing');
    },
    silence(silent) {
      isSilent = silent;
    },
    flush: () => shown.clear(),
  };
};
