/** PutObject, and what every operation that creates a version has in common. */
import { readAttributes } from '../attributes.ts';
import { assertStorableLength } from '../body.ts';
import { type Operation, quoted, type S3Call } from '../call.ts';
import { checksumHeader } from '../checksums.ts';
import { readWriteCondition } from '../conditions.ts';
import type { S3EventName } from '../notification-record.ts';
import { receiveToFile } from '../receive-body.ts';
import { emptyResponse } from '../response.ts';
import type { ObjectVersion } from '../store/version-index.ts';

/** Tells the bucket's queues of a new version. */
export const announceCreated = (
  { notifications, bucket, request }: Pick<S3Call, 'notifications' | 'bucket' | 'request'>,
  eventName: S3EventName,
  version: ObjectVersion,
): void =>
  notifications.publish({
    bucket,
    eventName,
    version,
    sequencer: version.sequencer,
    origin: request,
  });

/** Headers that answer any creation. */
export const createdHeaders = (
  { store, bucket }: Pick<S3Call, 'store' | 'bucket'>,
  { etag, versionId, checksum }: ObjectVersion,
): Record<string, string> => ({
  etag: quoted(etag),
  'x-amz-server-side-encryption': 'AES256',
  ...(store.bucket(bucket).versioning === 'Off' ? {} : { 'x-amz-version-id': versionId }),
  ...(checksum === undefined
    ? {}
    : {
        [checksumHeader(checksum.algorithm)]: checksum.value,
        'x-amz-checksum-type': checksum.type,
      }),
});

export const putObject: Operation = async (call) => {
  const { store, bucket, key, headers } = call;
  store.bucket(bucket);
  const attributes = readAttributes(headers);
  const condition = readWriteCondition(headers, key);
  const body = call.body();
  assertStorableLength(body);
  const bodyPath = store.files.temporary();
  const { size, md5, checksum } = await receiveToFile({ body, path: bodyPath });
  const version = await store.put({
    bucket,
    key,
    bodyPath,
    size,
    etag: md5,
    checksum,
    condition,
    ...attributes,
  });
  announceCreated(call, 'ObjectCreated:Put', version);
  return emptyResponse(200, createdHeaders(call, version));
};
