/** Starts the local S3, SQS and DynamoDB beside each other, S3 handing its events straight to SQS. */
import { join } from 'node:path';
import { startDynamodb } from './dynamodb/start-dynamodb.ts';
import { type LocalEndpoints, localCredentials, localRegion } from './environment.ts';
import { localAccount } from './intrinsics.ts';
import type { Ports } from './ports.ts';
import { startS3 } from './s3/server.ts';
import { startSqs } from './sqs/start-sqs.ts';

export type EmulatorsOptions = {
  readonly ports: Pick<Ports, 's3' | 'sqs' | 'dynamodb'>;
  readonly stateDir: string;
  /** Queues and table come back at the next start in the same folder; objects always do. */
  readonly keep: boolean;
};

export type LocalEmulators = {
  readonly endpoints: LocalEndpoints;
  readonly close: () => Promise<void>;
};

/** Rejects, with nothing left running, when one of them cannot start. */
export const startEmulators = async (options: EmulatorsOptions): Promise<LocalEmulators> => {
  const { ports, stateDir, keep } = options;
  const { accessKeyId } = localCredentials;
  const kept = (name: string) => (keep ? { dir: join(stateDir, name) } : {});
  const running: { readonly close: () => Promise<unknown> }[] = [];
  try {
    const sqs = await startSqs({
      port: ports.sqs,
      accessKeyId,
      region: localRegion,
      accountId: localAccount,
      ...kept('sqs'),
    });
    running.push(sqs);
    const dynamodb = await startDynamodb({
      port: ports.dynamodb,
      accessKeyId,
      ...kept('dynamodb'),
    });
    running.push(dynamodb);
    const s3 = await startS3({
      port: ports.s3,
      dir: join(stateDir, 's3'),
      credentials: localCredentials,
      region: localRegion,
      notify: async ({ queueArn }, event) => {
        sqs.deliver(queueArn, JSON.stringify(event));
      },
    });
    return {
      endpoints: { s3: s3.url, sqs: sqs.url, dynamodb: dynamodb.url },
      close: async () => {
        // S3 may still be delivering to SQS.
        await s3.close();
        await Promise.all([sqs.close(), dynamodb.close()]);
      },
    };
  } catch (error) {
    await Promise.all(running.map((emulator) => emulator.close()));
    throw error;
  }
};
