/** Reads an event that tells of objects, in whichever envelope it comes: S3, SNS, EventBridge, or our own sweep's. */
import { foundObject } from '../contracts/messages.ts';
import {
  eventBridgeEvent,
  recordsEnvelope,
  s3EventRecord,
  s3TestEvent,
  snsBody,
  snsRecord,
} from '../contracts/upload-events.ts';
import { NonRetryableError } from '../domain/errors.ts';
import { decodeEventKey } from '../domain/object-key.ts';
import type { ObjectNotice } from '../usecases/ingest-object.ts';

export type EventEntry =
  | { readonly kind: 'object'; readonly notice: ObjectNotice; readonly alone: object }
  | { readonly kind: 'ignored'; readonly reason: string }
  | { readonly kind: 'invalid'; readonly error: NonRetryableError; readonly alone: object };

const invalid = (detail: string, alone: object): EventEntry => ({
  kind: 'invalid',
  error: new NonRetryableError('invalid_event', { detail }),
  alone,
});

const timeOf = (text: string | undefined): number | undefined => {
  const at = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
};

const fromS3Record = (record: unknown): EventEntry => {
  const alone = { Records: [record] };
  const parsed = s3EventRecord.safeParse(record);
  if (!parsed.success) return invalid('A record is not one of an S3 notification.', alone);
  const { eventVersion, eventName, eventTime, s3 } = parsed.data;
  // "Major version changes … may include changes that are not backward compatible" (S3 user guide).
  if (!eventVersion.startsWith('2.')) return invalid(`Event version ${eventVersion}.`, alone);
  if (!eventName.replace(/^s3:/, '').startsWith('ObjectCreated:')) {
    return { kind: 'ignored', reason: eventName };
  }
  const key = decodeEventKey(s3.object.key);
  if (key === undefined) return invalid('The object key cannot be decoded.', alone);
  const { eTag, versionId, sequencer } = s3.object;
  const notice = {
    bucket: s3.bucket.name,
    key,
    // S3 writes "null" for objects from before versioning was turned on; it is a version like any other.
    versionId: versionId ?? undefined,
    eTag,
    sequencer,
    eventTime: timeOf(eventTime),
  };
  return { kind: 'object', notice, alone };
};

const fromEventBridge = (event: unknown): EventEntry | undefined => {
  const parsed = eventBridgeEvent.safeParse(event);
  if (!parsed.success) return undefined;
  const { detail, time, 'detail-type': detailType } = parsed.data;
  if (detailType !== 'Object Created' || detail.object === undefined) {
    return { kind: 'ignored', reason: detailType };
  }
  const { key, etag, sequencer, 'version-id': versionId } = detail.object;
  const notice = {
    bucket: detail.bucket.name,
    key,
    versionId,
    eTag: etag,
    sequencer,
    eventTime: timeOf(time),
  };
  return { kind: 'object', notice, alone: parsed.data };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new NonRetryableError('invalid_event', { detail: 'It is not JSON.', cause });
  }
};

/**
 * What one body tells of: an entry per object, so that one bad record cannot hide the others. `alone` is a body
 * that tells of this entry only.
 * @throws NonRetryableError `invalid_event` for a body of a foreign shape.
 */
export const eventEntries = (body: unknown): readonly EventEntry[] => {
  if (s3TestEvent.safeParse(body).success) return [{ kind: 'ignored', reason: 's3:TestEvent' }];

  const found = foundObject.safeParse(body);
  if (found.success) {
    const { bucket, key } = found.data;
    return [{ kind: 'object', notice: { bucket, key }, alone: found.data }];
  }

  const wrapped = snsBody.safeParse(body);
  if (wrapped.success) return eventEntries(parseJson(wrapped.data.Message));

  const bridged = fromEventBridge(body);
  if (bridged !== undefined) return [bridged];

  const envelope = recordsEnvelope.safeParse(body);
  if (!envelope.success) {
    throw new NonRetryableError('invalid_event', { detail: 'It is no S3 event in any envelope.' });
  }
  return envelope.data.Records.flatMap((record) => {
    const sns = snsRecord.safeParse(record);
    return sns.success ? fromSns(sns.data.Sns.Message, record) : [fromS3Record(record)];
  });
};

/** What SNS put into one record; when that is nothing of ours, it is an entry of its own and hides no other record. */
const fromSns = (message: string, record: unknown): readonly EventEntry[] => {
  try {
    return eventEntries(parseJson(message));
  } catch (error) {
    if (!(error instanceof NonRetryableError)) throw error;
    return [{ kind: 'invalid', error, alone: { Records: [record] } }];
  }
};
