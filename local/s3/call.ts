/** What an operation is given: one authenticated request and the parts of the server it may use. */
import type { Body, OpenBodyOptions } from './body.ts';
import { malformedXml } from './errors.ts';
import type { Notifications } from './notifications.ts';
import type { S3Request } from './request.ts';
import type { S3Response } from './response.ts';
import type { MultipartStore } from './store/multipart-store.ts';
import type { ObjectStore } from './store/object-store.ts';

export interface S3Context {
  readonly store: ObjectStore;
  readonly multipart: MultipartStore;
  readonly notifications: Notifications;
  readonly region: string;
  /** Where clients reach this server, without a slash at the end. */
  readonly url: () => string;
}

export interface S3Call extends S3Context {
  readonly request: S3Request;
  /** Headers as S3 sees them, with those a presigned URL carries in its query. */
  readonly headers: ReadonlyMap<string, string>;
  readonly bucket: string;
  readonly key: string;
  /** Opens the body; the claims in the headers are checked here already. */
  readonly body: (options?: OpenBodyOptions) => Body;
}

export type Operation = (call: S3Call) => Promise<S3Response>;

/** Longest XML document any operation takes: 10,000 parts with checksums, or 1,000 long keys. */
export const MAX_DOCUMENT_BYTES = 4 * 1024 ** 2;

/** ETags are quoted on the wire and bare in the store. */
export const quoted = (etag: string): string => `"${etag}"`;

/** An element the schema demands. Throws MalformedXML when it is absent or empty. */
export const required = (text: string | undefined): string => {
  if (text === undefined || text === '') throw malformedXml();
  return text;
};
