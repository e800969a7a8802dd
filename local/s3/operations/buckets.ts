/** Buckets themselves: create, head, delete, list, location. */
import type { Operation } from '../call.ts';
import { S3Error } from '../errors.ts';
import { emptyResponse, xmlResponse } from '../response.ts';
import { tag, xmlDocument } from '../xml.ts';

const assertBucketName = (name: string): void => {
  const valid =
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !name.includes('..') &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(name);
  if (!valid) {
    throw new S3Error({
      code: 'InvalidBucketName',
      status: 400,
      message: 'The specified bucket is not valid.',
      fields: { BucketName: name },
    });
  }
};

export const listBuckets: Operation = async ({ store }) =>
  xmlResponse(
    xmlDocument('ListAllMyBucketsResult', [
      tag('Owner', tag('ID', 'laptop')),
      tag(
        'Buckets',
        store
          .buckets()
          .map(({ name, createdAt }) =>
            tag('Bucket', [
              tag('Name', name),
              tag('CreationDate', new Date(createdAt).toISOString()),
            ]),
          ),
      ),
    ]),
  );

export const createBucket: Operation = async ({ store, bucket, region }) => {
  assertBucketName(bucket);
  if (store.buckets().some(({ name }) => name === bucket)) {
    // Only us-east-1 lets an owner create the same bucket again without an error.
    if (region === 'us-east-1') return emptyResponse(200, { location: `/${bucket}` });
    throw new S3Error({
      code: 'BucketAlreadyOwnedByYou',
      status: 409,
      message: 'Your previous request to create the named bucket succeeded and you already own it.',
      fields: { BucketName: bucket },
    });
  }
  await store.createBucket(bucket);
  return emptyResponse(200, { location: `/${bucket}` });
};

export const headBucket: Operation = async ({ store, bucket, region }) => {
  store.bucket(bucket);
  return emptyResponse(200, { 'x-amz-bucket-region': region });
};

export const deleteBucket: Operation = async ({ store, multipart, bucket }) => {
  await store.deleteBucket(bucket);
  multipart.forgetBucket(bucket);
  return emptyResponse(204);
};

export const getBucketLocation: Operation = async ({ store, bucket, region }) => {
  store.bucket(bucket);
  // us-east-1 is the empty constraint, for reasons of history.
  const location = region === 'us-east-1' ? '' : region;
  return xmlResponse(xmlDocument('LocationConstraint', location));
};
