/** Receives, deletes and returns messages for an event source mapping. */
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { joinSignals } from '../../shared/ports/joined-signal.ts';
import { maxPayloadBytes } from './sqs-event.ts';

const maxReceive = 10;
const longestPollSeconds = 20;
const deleteAttempts = 3;

export type BatchOptions = {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly batchSize: number;
  readonly maximumBatchingWindowSeconds: number;
  readonly stopping: AbortSignal;
};

/**
 * Waits for a first message, then until the batch is full, the window is over, or the payload is.
 * Empty when a whole long poll brought nothing. What came before a stop is given back.
 */
export const gatherBatch = async (options: BatchOptions): Promise<readonly Message[]> => {
  const { batchSize, maximumBatchingWindowSeconds, stopping } = options;
  const gathered = [...(await receive(options, batchSize, stopping))];
  if (gathered.length === 0 || maximumBatchingWindowSeconds === 0) return gathered;

  const windowOver = AbortSignal.timeout(maximumBatchingWindowSeconds * 1000);
  const either = joinSignals(windowOver, stopping);
  try {
    while (gathered.length < batchSize && bodyBytes(gathered) < maxPayloadBytes) {
      if (either.signal.aborted) break;
      gathered.push(...(await receive(options, batchSize - gathered.length, either.signal)));
    }
  } catch (error) {
    // The end of the window or a stop hangs up the poll, which loses no message.
    if (!either.signal.aborted) throw error;
  } finally {
    either.release();
  }
  return gathered;
};

const receive = async (
  { sqs, queueUrl }: BatchOptions,
  max: number,
  abortSignal: AbortSignal,
): Promise<readonly Message[]> => {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: Math.min(maxReceive, max),
      WaitTimeSeconds: longestPollSeconds,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    }),
    { abortSignal },
  );
  return Messages;
};

const bodyBytes = (messages: readonly Message[]): number =>
  messages.reduce((sum, { Body = '' }) => sum + Buffer.byteLength(Body), 0);

/**
 * Deletes messages, trying the rest again where SQS fails some. Rejects where some remain: they
 * will be delivered a second time, which every function must bear anyway.
 */
export const deleteMessages = async (
  sqs: SQSClient,
  queueUrl: string,
  records: readonly SQSRecord[],
): Promise<void> => {
  let left = records.map(({ receiptHandle }, index) => ({
    Id: `${index}`,
    ReceiptHandle: receiptHandle,
  }));
  for (let attempt = 1; left.length > 0; attempt += 1) {
    const failed = new Set<string>();
    for (let start = 0; start < left.length; start += maxReceive) {
      const Entries = left.slice(start, start + maxReceive);
      const answer = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
      for (const { Id = '' } of answer.Failed ?? []) failed.add(Id);
    }
    left = left.filter(({ Id }) => failed.has(Id));
    if (left.length > 0 && attempt === deleteAttempts) {
      throw new Error(`${left.length} messages were processed but could not be deleted.`);
    }
  }
};

/** Makes messages that were never given to a function visible again. */
export const returnMessages = async (
  sqs: SQSClient,
  queueUrl: string,
  messages: readonly Message[],
): Promise<void> => {
  for (let start = 0; start < messages.length; start += maxReceive) {
    const Entries = messages
      .slice(start, start + maxReceive)
      .map(({ ReceiptHandle }, index) => ({ Id: `${index}`, ReceiptHandle, VisibilityTimeout: 0 }));
    await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }));
  }
};
