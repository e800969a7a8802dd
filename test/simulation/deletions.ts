/** Owners who take their uploads back, at any moment: some while later, or just when somebody is at it. */
import type { Principal } from '../../shared/ports/session-verifier.ts';
import { deleteUpload } from './deployed.ts';
import { follow } from './pollers.ts';
import { send } from './requests.ts';
import { troubleQueueNow, troubleRedisNow } from './troubles.ts';
import type { World } from './world.ts';

const SECOND = 1000;

export interface DeletionPlan {
  /** Milliseconds from the moment the client knows its upload; or the moment of somebody's effect on it. */
  readonly when: { readonly after: number } | { readonly effect: string; readonly nth: number };
  /** How often it asks again while it is not answered properly. */
  readonly patience: number;
  /** How often it looks afterwards whether it is really gone, in each of two windows. */
  readonly polls: number;
}

/** Effects that an upload meets on its way: a deletion may come while any of them is under way. */
export const DELETED_AT = [
  'store.find',
  'store.put',
  'store.recordOutcomes',
  'store.archive',
  'objects.peek',
  'objects.open',
  'objects.read',
  'objects.putResult',
  'objects.latest',
  'queue.send light',
  'queue.send heavy',
  'queue.send finalize',
  'queue.send notifications',
  'queue.send deletions',
  'board.show',
  'letters.keep',
  'parts.begin',
  'parts.completeParts',
  'eraser.eraseResults',
] as const;

const request = {
  name: 'delete-upload',
  createHandler: deleteUpload.createHandler,
  method: 'DELETE',
  path: '/uploads/{id}',
} as const;

/** The owner deletes its upload once the plan's moment has come. */
export const addDeletion = (
  world: World,
  { uploadId, principal }: { readonly uploadId: string; readonly principal: Principal },
  { when, patience, polls }: DeletionPlan,
): void => {
  const { scheduler, ledger, random } = world;

  const begin = (): void => {
    ledger.askedToDelete(uploadId);
    troubleRedisNow(world);
    troubleQueueNow(world, 'deletions');
    ask(patience);
  };
  const ask = (left: number): void => {
    send(world, { ...request, principal, uploadId }, ({ status }) => {
      world.note('owner', `is answered ${status} to the deletion`, [uploadId]);
      ledger.cover(`deletion: ${status}`);
      if (status !== 204) {
        if (status !== 503) {
          ledger.violate({ law: 'E23', uploadId, what: `its deletion was answered ${status}` });
        } else if (left > 0) scheduler.after(5 * SECOND, () => ask(left - 1));
        return;
      }
      if (ledger.deletedAt(uploadId) === undefined) {
        ledger.violate({
          law: 'E23',
          uploadId,
          what: 'its deletion was answered, but not written',
        });
      }
      for (let window = 0; window < 2; window += 1) follow(world, { uploadId, principal, polls });
    });
  };

  if ('after' in when) {
    scheduler.after(when.after, begin);
    return;
  }
  let left = when.nth;
  world.onEffect(({ name, uploads }) => {
    if (world.isQuiet || left === 0) return;
    if (name !== when.effect || !uploads.includes(uploadId)) return;
    left -= 1;
    if (left === 0) scheduler.after(random.below(40), begin);
  });
};
