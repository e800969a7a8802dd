/**
 * The end of an upload whose steps have all ended: its manifest, one conditional write, and the world is told of it. Who
 * records the last outcome ends it there and then; the finalizer does whatever was left over (docs/adr/0017).
 */
import type { Notification } from '../contracts/messages.ts';
import { mayAbandon, parentOf } from '../domain/children.ts';
import { RetryableError } from '../domain/errors.ts';
import { manifestKey } from '../domain/object-key.ts';
import { offeredBytes } from '../domain/reuse.ts';
import { documentOf } from '../domain/status.ts';
import { transition } from '../domain/transition.ts';
import type { Cause, EndedUpload, ProcessingUpload } from '../domain/upload.ts';
import type { ContentIndex } from '../ports/content-index.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { abandonedMessageFor } from './abandon-children.ts';
import type { DriveDeps, EndInPlace } from './drive-forward.ts';
import { manifestOf } from './manifest.ts';

export interface FinishDeps extends DriveDeps {
  readonly objects: ObjectStore;
  readonly contents: ContentIndex;
}

/** The same id every time, so that a consumer can drop what it has seen. */
export const notificationOf = (upload: EndedUpload): Notification => {
  const parentId = parentOf(upload)?.uploadId;
  return {
    v: 1,
    kind: 'upload.ended',
    id: `${upload.id}.${upload.generation}`,
    uploadId: upload.id,
    tenant: upload.tenant,
    owner: upload.owner,
    generation: upload.generation,
    state: upload.state,
    endedAt: new Date(upload.endedAt).toISOString(),
    ...(parentId === undefined ? {} : { parentId }),
    ...(upload.failure === undefined ? {} : { code: upload.failure.code }),
  };
};

/**
 * Writes the end of an upload whose set of outcomes is complete; answers how it ended.
 * @throws RetryableError `lost_race` when the row has changed since it was read.
 */
export const finish = async (
  { store, objects, clock }: FinishDeps,
  upload: ProcessingUpload,
  cause: Cause,
): Promise<EndedUpload | undefined> => {
  const { id, generation } = upload;
  const manifest = new TextEncoder().encode(JSON.stringify(manifestOf(upload), null, 2));
  await objects.putResult(manifestKey(id, generation), manifest, 'application/json');
  const result = transition(upload, { type: 'finished', generation }, { at: clock.now(), cause });
  if ('refused' in result) return undefined;
  const answer = await store.put(result.next);
  // Whoever was first may have changed what this decision rests on.
  if (answer.kind === 'lost') throw new RetryableError('lost_race');
  return 'endedAt' in result.next ? result.next : undefined;
};

/**
 * Shows the end and tells the world, at least once; then children that nobody waits for any more are taken back, and its
 * outcomes may stand for those of the same declared bytes.
 */
export const tell = async (
  { board, queue, contents, clock }: FinishDeps,
  upload: EndedUpload,
): Promise<void> => {
  await board.show(documentOf(upload));
  await queue.send('notifications', [notificationOf(upload)], upload.tenant);
  if (mayAbandon(upload)) {
    await queue.send('deletions', [abandonedMessageFor(upload.id)], upload.tenant);
  }
  const sha256 = offeredBytes(upload);
  if (sha256 === undefined) return;
  await contents.remember({ tenant: upload.tenant, sha256 }, upload.id, clock.now());
};

/** For who records outcomes. The end of a group's member is the finalizer's: it may be the end of the group as well. */
export const createEndInPlace =
  (deps: FinishDeps): EndInPlace =>
  async (upload, cause) => {
    if (upload.group !== undefined) return false;
    try {
      const ended = await finish(deps, upload, cause);
      if (ended !== undefined) await tell(deps, ended);
      return ended !== undefined;
    } catch (error) {
      // A lost race, a store that does not answer: the finalizer looks at the row anew, as often as it takes.
      if (error instanceof RetryableError) return false;
      throw error;
    }
  };
