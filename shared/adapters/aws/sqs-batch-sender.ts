/** Sends messages in as few SendMessageBatch requests as their number and size allow. */
import {
  type BatchResultErrorEntry,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { RetryableError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import { unavailable } from './sdk-errors.ts';

/** One message and who waits for it. */
export interface Outgoing {
  readonly body: string;
  /** A fair queue gives each group its share. */
  readonly group?: string | undefined;
  sent(): void;
  failed(error: Error): void;
}

export interface BatchSenderOptions {
  readonly client: SQSClient;
  readonly clock: Clock;
  readonly random: Random;
}

/** "You can use SendMessageBatch to send up to 10 messages." */
const MAX_ENTRIES = 10;
/** All bodies of a batch together. AWS raised it to 1 MiB in 2025; the older limit holds everywhere. */
const MAX_BATCH_BYTES = 256 * 1024;
/** Entries that failed inside an accepted batch are tried so often in all. */
const MAX_ATTEMPTS = 3;
/** Pause before the second attempt; doubles, and jitter takes away up to half, so that senders spread out. */
const PAUSE_MS = 50;

/** Cuts into batches, in order, within both limits. */
const batchesOf = (outgoing: readonly Outgoing[]): readonly (readonly Outgoing[])[] => {
  const batches: Outgoing[][] = [];
  let bytes = 0;
  for (const message of outgoing) {
    const size = Buffer.byteLength(message.body);
    const last = batches.at(-1);
    if (last === undefined || last.length === MAX_ENTRIES || bytes + size > MAX_BATCH_BYTES) {
      batches.push([message]);
      bytes = size;
    } else {
      last.push(message);
      bytes += size;
    }
  }
  return batches;
};

const refusalOf = ({ Code, Message }: BatchResultErrorEntry): Error =>
  new RetryableError('queue_unavailable', {
    cause: new Error(`${Code ?? 'UnknownCode'}: ${Message ?? 'no message'}`),
  });

/** Answers the messages of `batch` that may be tried again; settles all others. */
const sendOnce = async (
  client: SQSClient,
  queueUrl: string,
  batch: readonly Outgoing[],
): Promise<readonly { readonly message: Outgoing; readonly error: Error }[]> => {
  const Entries = batch.map(({ body, group }, index) => ({
    Id: String(index),
    MessageBody: body,
    ...(group === undefined ? {} : { MessageGroupId: group }),
  }));
  const { Successful = [], Failed = [] } = await client.send(
    new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }),
  );
  const stored = new Set(Successful.map(({ Id }) => Id));
  const failures = new Map(Failed.map((failure) => [failure.Id, failure]));
  return batch.flatMap((message, index) => {
    const id = String(index);
    if (stored.has(id)) {
      message.sent();
      return [];
    }
    // In neither list: nothing says it was stored, so it was not.
    const failure = failures.get(id) ?? { Id: id, Code: 'NoAnswer', SenderFault: false };
    const error = refusalOf(failure);
    if (failure.SenderFault !== true) return [{ message, error }];
    // The same message would be refused in the same way.
    message.failed(error);
    return [];
  });
};

const sendBatch = async (
  { client, clock, random }: BatchSenderOptions,
  queueUrl: string,
  batch: readonly Outgoing[],
): Promise<void> => {
  let rest = batch;
  for (let attempt = 1; ; attempt += 1) {
    const failed = await sendOnce(client, queueUrl, rest);
    if (failed.length === 0) return;
    if (attempt === MAX_ATTEMPTS) {
      for (const { message, error } of failed) message.failed(error);
      return;
    }
    rest = failed.map(({ message }) => message);
    await clock.sleep(PAUSE_MS * 2 ** (attempt - 1) * (1 - random.fraction() / 2));
  }
};

/**
 * Sends all batches side by side. Each message learns its own fate; a request that fails whole, after the SDK's
 * own attempts, fails exactly the messages in it.
 */
export const createBatchSender =
  (options: BatchSenderOptions) =>
  (queueUrl: string, outgoing: readonly Outgoing[]): void => {
    for (const batch of batchesOf(outgoing)) {
      sendBatch(options, queueUrl, batch).catch((error: unknown) => {
        const failure = unavailable('queue_unavailable', error);
        // Settling twice changes nothing for those who already know.
        for (const message of batch) message.failed(failure);
      });
    }
  };
