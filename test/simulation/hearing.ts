/** What the world is told, as it arrives. */
import type { GroupNotification } from '../../shared/contracts/messages.ts';
import { isLive } from '../../shared/domain/upload.ts';
import type { Ledger } from './ledger.ts';
import type { Truth } from './stores.ts';

interface Listener {
  readonly ledger: Ledger;
  readonly truth: Pick<Truth, 'rows'>;
  /** By group. */
  readonly toldGroups: Map<string, ReadonlySet<string>>;
}

/** The world is told of an end, or of that of a group, by which no member may live that its client did not have processed again. */
export const hear = ({ ledger, truth, toldGroups }: Listener, body: string): void => {
  const told = JSON.parse(body) as GroupNotification | { readonly kind: 'upload.ended' };
  if (told.kind === 'upload.ended') {
    ledger.notified(body);
    return;
  }
  const { groupId } = told;
  toldGroups.set(groupId, new Set([...(toldGroups.get(groupId) ?? []), body]));
  ledger.cover('told of a group');
  const live = truth.rows
    .uploads()
    .find((row) => row.group?.id === groupId && isLive(row) && row.generation <= 1);
  if (live === undefined) return;
  ledger.violate({ law: 'L2', uploadId: live.id, what: `${groupId} was told while it lives` });
};
