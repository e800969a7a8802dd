/** Which operation a request is. What this server does not know is answered 501, never by a neighbour. */
import type { Operation } from './call.ts';
import { notImplemented, S3Error } from './errors.ts';
import {
  documentOperations,
  getNotification,
  getVersioning,
  keptDocuments,
  putNotification,
  putVersioning,
} from './operations/bucket-documents.ts';
import {
  createBucket,
  deleteBucket,
  getBucketLocation,
  headBucket,
  listBuckets,
} from './operations/buckets.ts';
import { completeMultipartUpload } from './operations/complete-multipart-upload.ts';
import { copyObject } from './operations/copy-object.ts';
import { deleteObject, deleteObjects } from './operations/delete-objects.ts';
import { listMultipartUploads, listParts } from './operations/list-multipart.ts';
import { listObjectVersions } from './operations/list-object-versions.ts';
import { listObjects } from './operations/list-objects.ts';
import {
  abortMultipartUpload,
  createMultipartUpload,
  uploadPart,
  uploadPartCopy,
} from './operations/multipart-upload.ts';
import { putObject } from './operations/put-object.ts';
import { getObject, headObject } from './operations/read-object.ts';
import type { S3Request } from './request.ts';

/** Query names that choose an operation in AWS. One without a route is 501 and must not fall through. */
const subResources: ReadonlySet<string> = new Set([
  'accelerate',
  'acl',
  'analytics',
  'attributes',
  'cors',
  'delete',
  'encryption',
  'intelligent-tiering',
  'inventory',
  'legal-hold',
  'lifecycle',
  'list-type',
  'location',
  'logging',
  'metadataTable',
  'metrics',
  'notification',
  'object-lock',
  'ownershipControls',
  'policy',
  'policyStatus',
  'publicAccessBlock',
  'renameObject',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'session',
  'tagging',
  'torrent',
  'uploadId',
  'uploads',
  'versioning',
  'versions',
  'website',
]);

type Routes = Readonly<Record<string, Operation>>;

const serviceRoutes: Routes = { 'GET ': listBuckets };

const bucketRoutes: Routes = {
  'PUT ': createBucket,
  'HEAD ': headBucket,
  'DELETE ': deleteBucket,
  'GET list-type': listObjects,
  'GET versions': listObjectVersions,
  'GET uploads': listMultipartUploads,
  'GET location': getBucketLocation,
  'POST delete': deleteObjects,
  'PUT versioning': putVersioning,
  'GET versioning': getVersioning,
  'PUT notification': putNotification,
  'GET notification': getNotification,
  ...Object.fromEntries(
    keptDocuments.flatMap((document) => {
      const { put, get, remove } = documentOperations(document);
      return [
        [`PUT ${document.name}`, put],
        [`GET ${document.name}`, get],
        [`DELETE ${document.name}`, remove],
      ];
    }),
  ),
};

const objectRoutes: Routes = {
  'PUT ': putObject,
  'GET ': getObject,
  'HEAD ': headObject,
  'DELETE ': deleteObject,
  'POST uploads': createMultipartUpload,
  'PUT uploadId': uploadPart,
  'POST uploadId': completeMultipartUpload,
  'DELETE uploadId': abortMultipartUpload,
  'GET uploadId': listParts,
};

/** With a copy source the same request takes its bytes from another object. */
const copyRoutes: Routes = { 'PUT ': copyObject, 'PUT uploadId': uploadPartCopy };

/** Throws NotImplemented or MethodNotAllowed when there is no such operation here. */
export const selectOperation = (
  { method, bucket, key, query }: S3Request,
  headers: ReadonlyMap<string, string>,
): Operation => {
  const named = [...query.keys()].filter((name) => subResources.has(name));
  if (named.length > 1) throw notImplemented(`the combination of ${named.join(' and ')}`);
  const name = named[0] ?? '';
  const route = `${method} ${name}`;
  const routes = key !== undefined ? objectRoutes : bucket ? bucketRoutes : serviceRoutes;
  const copies = key !== undefined && headers.has('x-amz-copy-source');
  const operation = (copies ? copyRoutes : routes)[route];
  if (operation !== undefined) return operation;
  if (name !== '') throw notImplemented(`${method} of the sub-resource ${name}`);
  if (route === 'GET ') throw notImplemented('ListObjects; use ListObjectsV2 (list-type=2)');
  throw new S3Error({
    code: 'MethodNotAllowed',
    status: 405,
    message: 'The specified method is not allowed against this resource.',
    fields: { Method: method },
  });
};

/** A form sent to the bucket itself is the only request whose signature lies in its body. */
export const isFormPost = ({ method, bucket, key, query, headers }: S3Request): boolean =>
  method === 'POST' &&
  bucket !== undefined &&
  key === undefined &&
  !query.has('delete') &&
  (headers.get('content-type') ?? '').toLowerCase().startsWith('multipart/form-data');
