/** S3 event messages exactly as AWS shapes them (event version 2.1). */
import { createHash } from 'node:crypto';
import type { RequestIds } from './request.ts';
import type { ObjectVersion } from './store/version-index.ts';

export type S3EventName =
  | 'ObjectCreated:Put'
  | 'ObjectCreated:Post'
  | 'ObjectCreated:Copy'
  | 'ObjectCreated:CompleteMultipartUpload'
  | 'ObjectRemoved:Delete'
  | 'ObjectRemoved:DeleteMarkerCreated';

export interface S3EventObject {
  /** Form-url-encoded: a blank is `+`. */
  readonly key: string;
  readonly size?: number;
  readonly eTag?: string;
  readonly versionId?: string;
  readonly sequencer: string;
}

export interface S3EventRecord {
  readonly eventVersion: '2.1';
  readonly eventSource: 'aws:s3';
  readonly awsRegion: string;
  readonly eventTime: string;
  readonly eventName: S3EventName;
  readonly userIdentity: { readonly principalId: string };
  readonly requestParameters: { readonly sourceIPAddress: string };
  readonly responseElements: {
    readonly 'x-amz-request-id': string;
    readonly 'x-amz-id-2': string;
  };
  readonly s3: {
    readonly s3SchemaVersion: '1.0';
    readonly configurationId: string;
    readonly bucket: {
      readonly name: string;
      readonly ownerIdentity: { readonly principalId: string };
      readonly arn: string;
    };
    readonly object: S3EventObject;
  };
}

/** Sent once to every queue when it is configured. */
export interface S3TestEvent {
  readonly Service: 'Amazon S3';
  readonly Event: 's3:TestEvent';
  readonly Time: string;
  readonly Bucket: string;
  readonly RequestId: string;
  readonly HostId: string;
}

export type S3NotificationEvent = { readonly Records: readonly S3EventRecord[] } | S3TestEvent;

/** Where a change came from, for the parts of a record that are about the request. */
interface EventOrigin extends RequestIds {
  readonly sourceIp: string;
}

export interface ObjectEvent {
  readonly bucket: string;
  readonly eventName: S3EventName;
  readonly version: ObjectVersion;
  /** Orders this event among those of the key; the version's own, except for a removal. */
  readonly sequencer: string;
  readonly versioned: boolean;
  readonly origin: EventOrigin;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

const OWNER = 'A3NL1KOZZKExample';
const EMPTY_MD5 = createHash('md5').digest('hex');

/** Encodes as Java's URLEncoder does, which is what S3 uses, but leaves `/` as it is. */
export const encodeEventKey = (key: string): string =>
  encodeURIComponent(key)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/')
    .replaceAll(
      /[!'()~]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    );

const eventObject = ({ eventName, version, sequencer, versioned }: ObjectEvent): S3EventObject => ({
  key: encodeEventKey(version.key),
  ...(eventName.startsWith('ObjectCreated:') ? { size: version.size, eTag: version.etag } : {}),
  ...(eventName === 'ObjectRemoved:DeleteMarkerCreated' ? { eTag: EMPTY_MD5 } : {}),
  ...(versioned ? { versionId: version.versionId } : {}),
  sequencer,
});

export const eventRecord = (
  event: ObjectEvent,
  configurationId: string,
  awsRegion: string,
): S3EventRecord => ({
  eventVersion: '2.1',
  eventSource: 'aws:s3',
  awsRegion,
  eventTime: new Date(event.at).toISOString(),
  eventName: event.eventName,
  userIdentity: { principalId: `AWS:${OWNER}` },
  requestParameters: { sourceIPAddress: event.origin.sourceIp },
  responseElements: {
    'x-amz-request-id': event.origin.requestId,
    'x-amz-id-2': event.origin.hostId,
  },
  s3: {
    s3SchemaVersion: '1.0',
    configurationId,
    bucket: {
      name: event.bucket,
      ownerIdentity: { principalId: OWNER },
      arn: `arn:aws:s3:::${event.bucket}`,
    },
    object: eventObject(event),
  },
});

export const testEvent = (bucket: string, ids: RequestIds, at: number): S3TestEvent => ({
  Service: 'Amazon S3',
  Event: 's3:TestEvent',
  Time: new Date(at).toISOString(),
  Bucket: bucket,
  RequestId: ids.requestId,
  HostId: ids.hostId,
});
