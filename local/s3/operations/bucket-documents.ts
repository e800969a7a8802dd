/** Configuration of a bucket: versioning, CORS, notifications, and documents that are only kept. */

import { MAX_DOCUMENT_BYTES, type Operation, type S3Call } from '../call.ts';
import { readCorsRules } from '../cors.ts';
import { malformedXml, S3Error } from '../errors.ts';
import { readNotificationConfig, writeNotificationConfig } from '../notification-config.ts';
import { receiveText } from '../receive-body.ts';
import { emptyResponse, xmlResponse } from '../response.ts';
import { childText, parseXml, tag, xmlDocument } from '../xml.ts';

export const putVersioning: Operation = async ({ store, bucket, body }) => {
  store.bucket(bucket);
  const source = await receiveText(body(), MAX_DOCUMENT_BYTES);
  const status = childText(parseXml(source, 'VersioningConfiguration'), 'Status');
  if (status !== 'Enabled' && status !== 'Suspended') throw malformedXml();
  await store.updateBucket(bucket, { versioning: status });
  return emptyResponse();
};

export const getVersioning: Operation = async ({ store, bucket }) => {
  const { versioning } = store.bucket(bucket);
  const status = versioning === 'Off' ? undefined : versioning;
  return xmlResponse(xmlDocument('VersioningConfiguration', tag('Status', status)));
};

const keep = async ({ store, bucket }: S3Call, name: string, source: string): Promise<void> => {
  const documents = { ...store.bucket(bucket).documents, [name]: source };
  await store.updateBucket(bucket, { documents });
};

export const putNotification: Operation = async (call) => {
  const { store, bucket, body, notifications, request, headers } = call;
  store.bucket(bucket);
  const queues = readNotificationConfig(await receiveText(body(), MAX_DOCUMENT_BYTES));
  if (headers.get('x-amz-skip-destination-validation')?.toLowerCase() !== 'true') {
    await notifications.validate(bucket, queues, request);
  }
  await keep(call, 'notification', writeNotificationConfig(queues));
  return emptyResponse();
};

export const getNotification: Operation = async ({ store, bucket }) =>
  xmlResponse(store.bucket(bucket).documents.notification ?? writeNotificationConfig([]));

interface KeptDocument {
  /** Sub-resource in the query, and the name it is stored under. */
  readonly name: string;
  /** AWS error code of GET while there is none. */
  readonly missingCode: string;
  /** Throws when AWS would refuse the document. */
  readonly assertValid: (source: string) => void;
}

const wellFormed = (root: string) => (source: string) => {
  parseXml(source, root);
};

export const keptDocuments: readonly KeptDocument[] = [
  { name: 'cors', missingCode: 'NoSuchCORSConfiguration', assertValid: readCorsRules },
  {
    name: 'lifecycle',
    missingCode: 'NoSuchLifecycleConfiguration',
    assertValid: wellFormed('LifecycleConfiguration'),
  },
  {
    name: 'encryption',
    missingCode: 'ServerSideEncryptionConfigurationNotFoundError',
    assertValid: wellFormed('ServerSideEncryptionConfiguration'),
  },
  {
    name: 'publicAccessBlock',
    missingCode: 'NoSuchPublicAccessBlockConfiguration',
    assertValid: wellFormed('PublicAccessBlockConfiguration'),
  },
];

/** PUT, GET and DELETE of a document that is checked and kept. */
export const documentOperations = ({ name, missingCode, assertValid }: KeptDocument) => {
  const put: Operation = async (call) => {
    call.store.bucket(call.bucket);
    const source = await receiveText(call.body(), MAX_DOCUMENT_BYTES);
    assertValid(source);
    await keep(call, name, source);
    return emptyResponse();
  };
  const get: Operation = async ({ store, bucket }) => {
    const source = store.bucket(bucket).documents[name];
    if (source === undefined) {
      throw new S3Error({
        code: missingCode,
        status: 404,
        message: `The bucket has no ${name} configuration.`,
        fields: { BucketName: bucket },
      });
    }
    return xmlResponse(source);
  };
  const remove: Operation = async ({ store, bucket }) => {
    const { [name]: _, ...documents } = store.bucket(bucket).documents;
    await store.updateBucket(bucket, { documents });
    return emptyResponse(204);
  };
  return { put, get, remove };
};
