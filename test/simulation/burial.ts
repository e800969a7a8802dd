/** What may be left of a deleted upload when nothing is left to happen: its tombstone. */
import { incomingKey } from '../../shared/domain/object-key.ts';
import type { DeletedUpload } from '../../shared/domain/upload.ts';
import type { Problem } from './problem.ts';
import type { World } from './world.ts';

const e23 = (what: string): Problem => ({ law: 'E23', what });

/** Everything of a deleted upload that can still be found somewhere; must be empty when nothing is left to happen. */
const leftoversOf = ({ truth }: World, { id, tenant }: DeletedUpload): readonly string[] => {
  const key = incomingKey(tenant, id);
  const shown = truth.board.documents().find(({ status }) => status.id === id);
  const isShown = shown !== undefined && shown.deletedAt === undefined;
  return [
    ...truth.bucket.versions(key).map(({ versionId }) => `version ${versionId}`),
    ...[...truth.bucket.results().keys()].filter((one) => one.startsWith(`results/${id}/`)),
    ...truth.rows
      .archives()
      .filter((row) => row.id === id)
      .map(({ generation }) => `the kept row of generation ${generation}`),
    ...truth.rows
      .uploads()
      .filter((row) => row.id !== id && row.object?.key === key)
      .map((row) => `the upload ${row.id} of its object`),
    ...truth.parts.open().flatMap((one) => (one.key === key ? [`parts ${one.multipartId}`] : [])),
    ...(truth.partsRegister.bound().has(id) ? ['the row of its parts'] : []),
    ...truth.letters
      .all()
      // A notification tells only that there was an end, as the tombstone does.
      .filter(({ uploadId, queue }) => uploadId === id && queue !== 'notifications')
      .map(({ messageId }) => `the dead letter ${messageId}`),
    ...(isShown ? [`rev ${shown.status.rev} on the board`] : []),
  ];
};

/** What is wrong with a deleted upload when nothing is left to happen. */
export const burialProblem = (world: World, row: DeletedUpload): Problem | undefined => {
  if (row.erasure !== undefined) return e23('its erasure never came to an end');
  const [first, ...others] = leftoversOf(world, row);
  if (first === undefined) return undefined;
  return e23(`${first}${others.length > 0 ? ` and ${others.length} more` : ''} can still be found`);
};
