/** The laptop's S3, SQS, DynamoDB and Redis, provisioned for one upload, and the environment that functions find them by. */
import { rm } from 'node:fs/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { startEmulators } from '../../local/emulators.ts';
import { localCredentials, localRegion } from '../../local/environment.ts';
import { localAccount } from '../../local/intrinsics.ts';
import { provision } from '../../local/provision.ts';
import { QUEUES, type QueueName } from '../../shared/ports/work-queue.ts';
import { createTable } from '../../test/support/adapter-endpoints.ts';
import { openRedis } from '../../test/support/redis.ts';
import { RESULTS, UPLOADS } from './names.ts';

/** An hour: no message comes back while it is worked, whatever else this machine does. */
const VISIBILITY_SECONDS = '3600';
/** S3 tells of an object after it has answered. */
const WAIT_SECONDS = 2;

export interface Received {
  readonly event: SQSEvent;
  done(): Promise<void>;
}

export interface Laptop {
  readonly environment: Readonly<Record<string, string>>;
  readonly s3: S3Client;
  /** One message, as its function is given it; undefined when there is none. */
  receive(queue: QueueName): Promise<Received | undefined>;
  close(): Promise<void>;
}

const arnOf = (queue: string): string => `arn:aws:sqs:${localRegion}:${localAccount}:${queue}`;

/** @param stateDir where the objects lie; removed at the end */
export const openLaptop = async (stateDir: string): Promise<Laptop> => {
  const ports = { s3: 0, sqs: 0, dynamodb: 0 };
  const emulators = await startEmulators({ ports, stateDir, keep: false });
  const { endpoints } = emulators;
  const redis = await openRedis({ own: true });
  const notifications = [
    { queueArn: arnOf('upload-events'), events: ['s3:ObjectCreated:*'], prefix: 'incoming/' },
  ];
  const nothing = { tables: [], mappings: [], schedules: [], urls: [], environments: {} };
  await provision(
    {
      ...nothing,
      queues: QUEUES.map((name) => ({
        name,
        attributes: { VisibilityTimeout: VISIBILITY_SECONDS },
      })),
      buckets: [
        { name: UPLOADS, versioned: true, cors: [], notifications },
        { name: RESULTS, versioned: false, cors: [], notifications: [] },
      ],
    },
    endpoints,
  );
  const access = {
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_REGION: localRegion,
    AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
  };
  Object.assign(process.env, access);
  const table = await createTable();
  const queueUrl = (queue: string) => `${endpoints.sqs}/${localAccount}/${queue}`;
  const shared = { region: localRegion, credentials: localCredentials };
  const sqs = new SQSClient({ ...shared, endpoint: endpoints.sqs });
  const s3 = new S3Client({ ...shared, endpoint: endpoints.s3, forcePathStyle: true });

  return {
    environment: {
      ...access,
      STAGE: 'bench',
      LOG_LEVEL: 'error',
      TABLE_NAME: table.tableName,
      UPLOADS_BUCKET: UPLOADS,
      RESULTS_BUCKET: RESULTS,
      REDIS_URL: redis.url,
      MAX_RECEIVE_COUNT: '5',
      CLAMD_URL: '',
      ...Object.fromEntries(
        QUEUES.map((name) => [`${name.toUpperCase().replace('-', '_')}_QUEUE_URL`, queueUrl(name)]),
      ),
    },
    s3,
    async receive(queue) {
      const QueueUrl = queueUrl(queue);
      const { Messages: [message] = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          WaitTimeSeconds: WAIT_SECONDS,
          MessageSystemAttributeNames: ['All'],
        }),
      );
      if (message === undefined) return undefined;
      const { MessageId = '', ReceiptHandle = '', Body = '', Attributes = {} } = message;
      const record = {
        ...{ messageId: MessageId, receiptHandle: ReceiptHandle, body: Body },
        attributes: Attributes as unknown as SQSEvent['Records'][number]['attributes'],
        ...{ messageAttributes: {}, md5OfBody: '', eventSource: 'aws:sqs' },
        ...{ eventSourceARN: arnOf(queue), awsRegion: localRegion },
      };
      return {
        event: { Records: [record] },
        async done() {
          await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
        },
      };
    },
    async close() {
      for (const client of [sqs, s3]) client.destroy();
      await emulators.close();
      await redis.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
};
