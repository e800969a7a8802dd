/** Creates what the model names, through the AWS SDK: the same calls would create it on AWS. */
import {
  CreateTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import {
  BucketAlreadyOwnedByYou,
  CreateBucketCommand,
  type Event,
  PutBucketCorsCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateQueueCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type LocalEndpoints, localCredentials, localRegion } from './environment.ts';
import { localAccount } from './intrinsics.ts';
import type { LocalModel } from './model.ts';
import type { BucketModel, QueueModel, TableModel } from './model-resources.ts';

/** Safe to repeat: what is there already (`--keep`) is brought up to date and keeps its contents. */
export const provision = async (model: LocalModel, endpoints: LocalEndpoints): Promise<void> => {
  const shared = { region: localRegion, credentials: localCredentials };
  const sqs = new SQSClient({ ...shared, endpoint: endpoints.sqs });
  const dynamodb = new DynamoDBClient({ ...shared, endpoint: endpoints.dynamodb });
  const s3 = new S3Client({ ...shared, endpoint: endpoints.s3, forcePathStyle: true });
  try {
    await Promise.all(model.tables.map((table) => createTable(dynamodb, table)));
    // One after the other: a dead-letter queue before those that redrive to it, queues before buckets.
    for (const queue of model.queues) await createQueue(sqs, { queue, endpoint: endpoints.sqs });
    for (const bucket of model.buckets) await createBucket(s3, bucket);
  } finally {
    for (const client of [sqs, dynamodb, s3]) client.destroy();
  }
};

const createTable = async (client: DynamoDBClient, table: TableModel) => {
  try {
    await client.send(new CreateTableCommand(table.definition));
  } catch (error) {
    if (error instanceof ResourceInUseException) return;
    throw error;
  }
  if (table.ttlAttribute === undefined) return;
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName: table.name,
      TimeToLiveSpecification: { AttributeName: table.ttlAttribute, Enabled: true },
    }),
  );
};

const createQueue = async (
  client: SQSClient,
  { queue, endpoint }: { readonly queue: QueueModel; readonly endpoint: string },
) => {
  const attributes = { ...queue.attributes };
  try {
    await client.send(new CreateQueueCommand({ QueueName: queue.name, Attributes: attributes }));
  } catch (error) {
    // SQS: a queue of that name exists with other attributes, kept from before serverless.yml changed.
    if (!(error instanceof Error) || error.name !== 'QueueNameExists') throw error;
    const QueueUrl = `${endpoint}/${localAccount}/${queue.name}`;
    await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: attributes }));
  }
};

const createBucket = async (client: S3Client, bucket: BucketModel) => {
  const Bucket = bucket.name;
  try {
    await client.send(new CreateBucketCommand({ Bucket }));
  } catch (error) {
    if (!(error instanceof BucketAlreadyOwnedByYou)) throw error;
  }
  if (bucket.versioned) {
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  }
  if (bucket.cors.length > 0) {
    const CORSConfiguration = { CORSRules: [...bucket.cors] };
    await client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration }));
  }
  if (bucket.notifications.length > 0) {
    const QueueConfigurations = bucket.notifications.map(({ queueArn, events, prefix }) => ({
      QueueArn: queueArn,
      Events: events as Event[],
      Filter: { Key: { FilterRules: [{ Name: 'prefix' as const, Value: prefix }] } },
    }));
    await client.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: { QueueConfigurations },
      }),
    );
  }
};
