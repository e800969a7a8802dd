/** Chapter: a bucket tells its queues what changed, in AWS's words. */
import { randomUUID } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  type Event,
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  type QueueConfiguration,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { beforeAll, expect, it, vi } from 'vitest';
import type { S3EventRecord } from '../../../local/s3/notification-record.ts';
import {
  connect,
  createBucket,
  createVersionedBucket,
  expectRefusal,
  type S3Endpoint,
} from './endpoint.ts';

const filterRules = (filter: Record<string, string>) =>
  Object.entries(filter).map(([name, Value]) => ({ Name: name as 'prefix' | 'suffix', Value }));

/** As consumers are told to compare: right-padded with zeros. */
const pad = (sequencer: string) => sequencer.padEnd(64, '0');

export const describeNotifications = (open: () => S3Endpoint): void => {
  let client: S3Client;
  let queues: NonNullable<S3Endpoint['capabilities']['queues']>;
  beforeAll(() => {
    const endpoint = open();
    client = connect(endpoint);
    if (endpoint.capabilities.queues === undefined) throw new Error('The queues are not readable.');
    queues = endpoint.capabilities.queues;
  });

  const queueConfiguration = (
    queue: string,
    Events: Event[],
    filter: Record<string, string> = {},
  ) => ({
    Id: `to-${queue}`,
    QueueArn: queues.arn(queue),
    Events,
    Filter: { Key: { FilterRules: filterRules(filter) } },
  });

  const configure = (Bucket: string, QueueConfigurations: QueueConfiguration[]) =>
    client.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: { QueueConfigurations },
      }),
    );

  const subscribe = async (
    Bucket: string,
    events: Event[],
    filter: Record<string, string> = {},
  ) => {
    const queue = `queue-${randomUUID()}`;
    const QueueConfigurations = [queueConfiguration(queue, events, filter)];
    await configure(Bucket, QueueConfigurations);
    return queue;
  };

  const configuration = (Bucket: string) =>
    client.send(new GetBucketNotificationConfigurationCommand({ Bucket }));

  const records = async (queue: string, count: number): Promise<S3EventRecord[]> => {
    const arrived = () =>
      queues.received(queue).flatMap((event) => ('Records' in event ? event.Records : []));
    await vi.waitFor(() => expect(arrived()).toHaveLength(count), { timeout: 5_000 });
    // Queues do not promise order, so neither may the reader.
    return arrived().sort((one, other) =>
      pad(one.s3.object.sequencer) < pad(other.s3.object.sequencer) ? -1 : 1,
    );
  };

  const put = (Bucket: string, Key: string, Body = 'x') =>
    client.send(new PutObjectCommand({ Bucket, Key, Body }));

  it('sends s3:TestEvent when the configuration is set', async () => {
    const bucket = await createBucket(client);

    const queue = await subscribe(bucket, ['s3:ObjectCreated:*']);

    expect(queues.received(queue)).toEqual([
      {
        Service: 'Amazon S3',
        Event: 's3:TestEvent',
        Time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        Bucket: bucket,
        RequestId: expect.any(String),
        HostId: expect.any(String),
      },
    ]);
  });

  it('refuses a queue that does not take the test event, and keeps the old configuration', async () => {
    const bucket = await createBucket(client);
    const queue = await subscribe(bucket, ['s3:ObjectCreated:*']);
    const absent = queueConfiguration('no-such-queue', ['s3:ObjectCreated:*']);

    const call = configure(bucket, [absent]);

    await expectRefusal(call, 400, 'InvalidArgument');
    const kept = await configuration(bucket);
    expect(kept.QueueConfigurations?.[0]?.QueueArn).toBe(queues.arn(queue));
  });

  it('returns the configuration with its filter', async () => {
    const bucket = await createBucket(client);
    const queue = await subscribe(bucket, ['s3:ObjectCreated:Put', 's3:ObjectRemoved:*'], {
      prefix: 'incoming/',
      suffix: '.csv',
    });

    const found = await configuration(bucket);

    expect(found.QueueConfigurations).toEqual([
      {
        Id: `to-${queue}`,
        QueueArn: queues.arn(queue),
        Events: ['s3:ObjectCreated:Put', 's3:ObjectRemoved:*'],
        Filter: {
          Key: {
            FilterRules: [
              { Name: 'Prefix', Value: 'incoming/' },
              { Name: 'Suffix', Value: '.csv' },
            ],
          },
        },
      },
    ]);
  });

  it('refuses overlapping filters and malformed ARNs', async () => {
    const bucket = await createBucket(client);
    const set = (...configurations: QueueConfiguration[]) => configure(bucket, configurations);
    const wide = queueConfiguration('a', ['s3:ObjectCreated:*'], { prefix: 'in/' });
    const narrow = queueConfiguration('b', ['s3:ObjectCreated:Put'], { prefix: 'in/x/' });
    const apart = queueConfiguration('c', ['s3:ObjectCreated:Put'], { prefix: 'out/' });

    await expectRefusal(set(wide, narrow), 400, 'InvalidArgument');
    await expectRefusal(set({ ...wide, QueueArn: 'queue' }), 400, 'InvalidArgument');
    await set(wide, apart);
  });

  it('writes a record exactly as AWS does', async () => {
    const bucket = await createVersionedBucket(client);
    const queue = await subscribe(bucket, ['s3:ObjectCreated:*']);

    const { ETag = '', VersionId } = await put(bucket, "in/a b+c&ü~(1)!'*.txt", 'hello');
    const [record] = await records(queue, 1);

    expect(record).toEqual({
      eventVersion: expect.stringMatching(/^2\.\d+$/),
      eventSource: 'aws:s3',
      awsRegion: open().region,
      eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      eventName: 'ObjectCreated:Put',
      userIdentity: { principalId: expect.any(String) },
      requestParameters: { sourceIPAddress: expect.any(String) },
      responseElements: {
        'x-amz-request-id': expect.any(String),
        'x-amz-id-2': expect.any(String),
      },
      s3: {
        s3SchemaVersion: '1.0',
        configurationId: `to-${queue}`,
        bucket: {
          name: bucket,
          ownerIdentity: { principalId: expect.any(String) },
          arn: `arn:aws:s3:::${bucket}`,
        },
        object: {
          key: 'in/a+b%2Bc%26%C3%BC%7E%281%29%21%27*.txt',
          size: 5,
          eTag: ETag.replaceAll('"', ''),
          versionId: VersionId,
          sequencer: expect.stringMatching(/^[0-9A-F]+$/),
        },
      },
    });
  });

  it('names every way an object comes to be and goes', async () => {
    const Bucket = await createVersionedBucket(client);
    const queue = await subscribe(Bucket, ['s3:ObjectCreated:*', 's3:ObjectRemoved:*']);
    const object = { Bucket, Key: 'k' };

    const { VersionId } = await put(Bucket, 'k');
    await client.send(
      new CopyObjectCommand({ ...object, CopySource: `${Bucket}/k`, MetadataDirective: 'REPLACE' }),
    );
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(object));
    const part = { ...object, UploadId, PartNumber: 1 };
    const { ETag } = await client.send(new UploadPartCommand({ ...part, Body: 'x' }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    const completion = { ...object, UploadId, MultipartUpload };
    await client.send(new CompleteMultipartUploadCommand(completion));
    await client.send(new CompleteMultipartUploadCommand(completion));
    const { url, fields } = await createPresignedPost(client, object);
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('file', new Blob(['posted']));
    await fetch(url, { method: 'POST', body: form });
    await client.send(new DeleteObjectCommand(object));
    await client.send(new DeleteObjectCommand({ ...object, VersionId }));

    const seen = await records(queue, 6);
    expect(seen.map(({ eventName }) => eventName)).toEqual([
      'ObjectCreated:Put',
      'ObjectCreated:Copy',
      'ObjectCreated:CompleteMultipartUpload',
      'ObjectCreated:Post',
      'ObjectRemoved:DeleteMarkerCreated',
      'ObjectRemoved:Delete',
    ]);
    expect(seen[2]?.s3.object.eTag).toMatch(/-1$/);
    expect(seen[4]?.s3.object).toEqual({
      key: 'k',
      eTag: 'd41d8cd98f00b204e9800998ecf8427e',
      versionId: expect.any(String),
      sequencer: expect.any(String),
    });
    expect(seen[5]?.s3.object).toEqual({
      key: 'k',
      versionId: VersionId,
      sequencer: expect.any(String),
    });
  });

  it('leaves out the version id where versioning is off', async () => {
    const bucket = await createBucket(client);
    const queue = await subscribe(bucket, ['s3:ObjectCreated:*']);

    await put(bucket, 'k');

    const [record] = await records(queue, 1);
    expect(record?.s3.object).not.toHaveProperty('versionId');
  });

  it('sends only what matches events, prefix and suffix', async () => {
    const bucket = await createBucket(client);
    const queue = await subscribe(bucket, ['s3:ObjectCreated:Put'], {
      prefix: 'incoming/',
      suffix: '.txt',
    });

    await put(bucket, 'incoming/a.csv');
    await put(bucket, 'other/a.txt');
    await client.send(
      new CopyObjectCommand({
        Bucket: bucket,
        Key: 'incoming/copy.txt',
        CopySource: `${bucket}/other/a.txt`,
      }),
    );
    await put(bucket, 'incoming/a.txt');

    const seen = await records(queue, 1);
    expect(seen.map((record) => record.s3.object.key)).toEqual(['incoming/a.txt']);
  });

  it('sends nothing for a write that was refused', async () => {
    const bucket = await createBucket(client);
    const queue = await subscribe(bucket, ['s3:ObjectCreated:*']);
    const refused = { Bucket: bucket, Key: 'bad', Body: 'x', ChecksumCRC32: 'AAAAAA==' };

    await expectRefusal(client.send(new PutObjectCommand(refused)), 400, 'BadDigest');
    await put(bucket, 'good');

    const seen = await records(queue, 1);
    expect(seen.map((record) => record.s3.object.key)).toEqual(['good']);
  });

  it('gives every write to a key a higher sequencer, compared right-padded', async () => {
    const bucket = await createVersionedBucket(client);
    const queue = await subscribe(bucket, ['s3:ObjectCreated:*', 's3:ObjectRemoved:*']);
    const versions: (string | undefined)[] = [];

    for (let at = 0; at < 20; at += 1) {
      versions.push((await put(bucket, 'k', String(at))).VersionId);
    }

    const seen = await records(queue, 20);
    expect(seen.map((record) => record.s3.object.versionId)).toEqual(versions);
    const padded = seen.map((record) => pad(record.s3.object.sequencer));
    expect(new Set(padded).size).toBe(20);
  });
};
