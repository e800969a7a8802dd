/** Chapter: what an S3 for this pipeline leaves out is refused, never half done. */
import {
  GetObjectAclCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { connect, createBucket, expectRefusal, type S3Endpoint, text } from './endpoint.ts';

export const describeLeftOut = (open: () => S3Endpoint): void => {
  it('answers NotImplemented and changes nothing', async () => {
    const client = connect(open());
    const Bucket = await createBucket(client);
    const object = { Bucket, Key: 'k' };
    await client.send(new PutObjectCommand({ ...object, Body: 'kept' }));
    const Tagging = { TagSet: [] };

    for (const call of [
      () => client.send(new PutObjectTaggingCommand({ ...object, Tagging })),
      () => client.send(new GetObjectTaggingCommand(object)),
      () => client.send(new GetObjectAclCommand(object)),
      () => client.send(new PutBucketPolicyCommand({ Bucket, Policy: '{}' })),
      () => client.send(new PutObjectCommand({ ...object, Body: 'x', Tagging: 'a=b' })),
      () => client.send(new GetObjectCommand({ ...object, PartNumber: 1 })),
    ]) {
      await expectRefusal(call(), 501, 'NotImplemented');
    }

    const found = await client.send(new GetObjectCommand(object));
    expect(await text(found.Body)).toBe('kept');
  });
};
