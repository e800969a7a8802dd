/** One object arrived, or an event says so: find its upload, look at its first bytes, plan its steps, send them. */
import { RetryableError } from '../domain/errors.ts';
import { parseIncomingKey } from '../domain/object-key.ts';
import type { ObjectVersion } from '../domain/object-version.ts';
import { type Plannable, planFor } from '../domain/plan.ts';
import { documentOf } from '../domain/status.ts';
import { type Refusal, transition, type UploadEvent } from '../domain/transition.ts';
import { isLive, type Upload, unseenUpload } from '../domain/upload.ts';
import type { ObjectPointer, ObjectStore } from '../ports/object-store.ts';
import { eraseAgain } from './delete-upload.ts';
import { type DriveDeps, type DriveForward, finalizeMessageFor } from './drive-forward.ts';
import { keepGeneration } from './keep-generation.ts';
import { causeOf, type RecordMeta } from './record-meta.ts';

/** What an event tells of an object. Only the pointer is used to find bytes; all facts come from the bucket. */
export interface ObjectNotice extends ObjectPointer {
  readonly sequencer?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly eventTime?: number | undefined;
}

export type TypeDetector = (
  head: Uint8Array,
  size: number,
  name?: string,
) => Promise<{ readonly type: string }>;

export interface IngestDeps extends DriveDeps {
  readonly objects: ObjectStore;
  readonly driveForward: DriveForward;
  readonly detectType: TypeDetector;
  readonly processors: readonly Plannable[];
  /** The id of an object that no `POST /uploads` announced; the same for the same bucket and key. */
  readonly idOfObject: (bucket: string, key: string) => string;
  readonly uploadsBucket: string;
  readonly maxObjectBytes: number;
}

type Ignored = Refusal | 'foreign_bucket' | 'foreign_key' | 'nothing_there';

export type Ingested =
  | { readonly kind: 'started' | 'refused'; readonly uploadId: string }
  | { readonly kind: 'ignored'; readonly reason: Ignored };

export type IngestObject = (notice: ObjectNotice, meta: RecordMeta) => Promise<Ingested>;

/** Enough for every signature that file types are told by, and for a look at the first lines of a text. */
const HEAD_BYTES = 4096;
/** Writers of one row are few: its worker lanes, the sweep, another ingest. */
const MAX_RACES = 8;

const ignore = (reason: Ignored, { logger }: RecordMeta): Ingested => {
  logger.info({ reason }, 'object ignored');
  return { kind: 'ignored', reason };
};

const uploadFor = async (deps: IngestDeps, notice: ObjectNotice): Promise<Upload | undefined> => {
  const { store, clock, idOfObject } = deps;
  const key = parseIncomingKey(notice.key);
  if (key === undefined) return undefined;
  if (key.uploadId !== undefined) {
    const announced = await store.find(key.uploadId);
    if (announced !== undefined && announced.tenant === key.tenant) return announced;
  }
  const unseen = unseenUpload(idOfObject(notice.bucket, notice.key), key.tenant, clock.now());
  // Most objects are new: the write that would be the first of its row answers with the row where there is one.
  if (key.uploadId === undefined && notice.sequencer !== undefined) return unseen;
  return (await store.find(unseen.id)) ?? unseen;
};

export const createIngestObject = (deps: IngestDeps): IngestObject => {
  const { store, objects, board, queue, clock, driveForward } = deps;

  /** An event without an order is only a hint that something changed: then the latest version counts. */
  const look = async (notice: ObjectNotice) => {
    const { bucket, key, versionId, eTag, sequencer } = notice;
    const pointer = sequencer === undefined ? { bucket, key } : { bucket, key, versionId, eTag };
    const seen = await objects.peek(pointer, HEAD_BYTES);
    return seen && { head: seen.head, object: { ...seen.object, sequencer } };
  };

  const judge = async (upload: Upload, notice: ObjectNotice): Promise<UploadEvent | undefined> => {
    const seen = await look(notice);
    if (seen === undefined) return goneEvent(notice, clock.now());
    const { head, object } = seen;
    const refuse = (code: 'too_large' | 'size_mismatch'): UploadEvent => ({
      type: 'object_refused',
      object,
      state: 'rejected',
      code,
    });
    if (object.size > deps.maxObjectBytes) return refuse('too_large');
    const { declared } = upload;
    if (declared !== undefined && declared.size !== object.size) return refuse('size_mismatch');
    const { type } = await deps.detectType(head, object.size, declared?.name);
    const plan = planFor({ type, size: object.size }, deps.processors, upload.options);
    return { type: 'object_accepted', object, detectedType: type, plan };
  };

  /** All that follows from what the row says now; repeated for a duplicate, because its first run may have died here. */
  const follow = async (upload: Upload, meta: RecordMeta): Promise<void> => {
    if (upload.rev === 0 || upload.state === 'awaiting_upload') return;
    await board.show(documentOf(upload));
    if (upload.state === 'processing') await driveForward(upload, causeOf(meta));
    else await queue.send('finalize', [finalizeMessageFor(upload.id)], upload.tenant);
  };

  return async (notice, meta) => {
    if (notice.bucket !== deps.uploadsBucket) return ignore('foreign_bucket', meta);
    let upload = await uploadFor(deps, notice);
    if (upload === undefined) return ignore('foreign_key', meta);
    if (notice.versionId !== undefined && notice.versionId === upload.object?.versionId) {
      await follow(upload, meta);
      return ignore('duplicate', meta);
    }
    const event = await judge(upload, notice);
    if (event === undefined) {
      // Its first delivery may have ended the upload and died before it told anybody, and the object be gone since.
      await follow(upload, meta);
      return ignore('nothing_there', meta);
    }

    for (let race = 0; race < MAX_RACES; race += 1) {
      const result = transition(upload, event, { at: clock.now(), cause: causeOf(meta) });
      if ('refused' in result) {
        if (result.refused === 'duplicate') await follow(upload, meta);
        if (result.refused === 'deleted') await eraseAgain(deps, upload);
        return ignore(result.refused, meta);
      }
      await keepGeneration(deps, upload);
      const answer = await store.put(result.next);
      if (answer.kind === 'written') {
        await follow(result.next, meta);
        return ingested(result.next, meta);
      }
      // The row vanished under us (deleted): look again from the start at the next delivery.
      if (answer.current === undefined) throw new RetryableError('lost_race');
      upload = answer.current;
    }
    throw new RetryableError('lost_race');
  };
};

const ingested = (upload: Upload, { logger }: RecordMeta): Ingested => {
  const { id: uploadId, generation, state, type } = upload;
  const code = 'failure' in upload ? upload.failure?.code : undefined;
  logger.info({ uploadId, generation, state, type, code }, 'object ingested');
  return { kind: isLive(upload) ? 'started' : 'refused', uploadId };
};

/** An event for bytes that are not there any more ends their upload; a mere hint without a version ends nothing. */
const goneEvent = (notice: ObjectNotice, now: number): UploadEvent | undefined => {
  const { bucket, key, versionId, eTag, sequencer, eventTime = now } = notice;
  if (sequencer === undefined) return undefined;
  const object: ObjectVersion = {
    bucket,
    key,
    versionId,
    eTag: eTag ?? '',
    size: 0,
    // Whole seconds, as S3 tells the time of an object.
    lastModified: Math.floor(eventTime / 1000) * 1000,
    sequencer,
  };
  return { type: 'object_refused', object, state: 'failed', code: 'source_gone' };
};
