/** Starts the local SQS: AWS JSON 1.0 protocol, standard queues, on 127.0.0.1. */
import { type JsonReply, type Refusal, startJsonFront } from '../aws-json/json-front.ts';
import { SqsError, type SqsErrorName } from './errors.ts';
import { maxRequestBytes } from './limits.ts';
import { enqueue, messageActions } from './message-actions.ts';
import { createMoveTasks } from './move-tasks.ts';
import { isRecord, type Parameters } from './parameters.ts';
import { closeQueue, type SqsFaults } from './queue.ts';
import { type Action, type Answer, queueActions } from './queue-actions.ts';
import { createRegistry, findByArn } from './registry.ts';
import { loadSnapshot, saveSnapshot } from './snapshot.ts';

export type SqsOptions = {
  /** 0 picks a free port. */
  readonly port: number;
  /** Any other access key id is refused with 403. */
  readonly accessKeyId: string;
  readonly region?: string;
  readonly accountId?: string;
  /** Queues and messages are kept here from close to the next start; absent: kept nowhere. */
  readonly dir?: string;
  readonly faults?: SqsFaults;
};

export type LocalSqs = {
  readonly url: string;
  readonly port: number;
  /** Sends a message from inside this process, as S3 does. Throws where the queue is not there. */
  readonly deliver: (queueArn: string, body: string) => { readonly messageId: string };
  /** Answers waiting receivers with nothing, saves if told to, and frees the port. */
  readonly close: () => Promise<void>;
};

const refusals: Readonly<Record<Exclude<Refusal, 'broken'>, SqsErrorName>> = {
  'missing-credentials': 'MissingAuthenticationToken',
  'unknown-access-key': 'InvalidClientTokenId',
  'not-the-protocol': 'UnknownOperationException',
  'body-too-large': 'RequestEntityTooLarge',
};

export const startSqs = async (options: SqsOptions): Promise<LocalSqs> => {
  const { region = 'us-east-1', accountId = '000000000000', faults = {}, dir } = options;
  const registry = createRegistry({ region, accountId, faults });
  if (dir !== undefined) await loadSnapshot(registry, dir);
  const moveTasks = createMoveTasks(registry);
  const actions = { ...queueActions, ...messageActions, ...moveTasks.actions };

  const front = await startJsonFront({
    port: options.port,
    targetPrefix: 'AmazonSQS',
    accessKeyId: options.accessKeyId,
    maxBodyBytes: maxRequestBytes,
    handle: async ({ action, body, headers, gone }) => {
      const origin = `http://${headers.host ?? `127.0.0.1:${options.port}`}`;
      const context = { registry, origin, senderId: options.accessKeyId, gone };
      const run = Object.hasOwn(actions, action) ? actions[action] : undefined;
      try {
        return success(await (run ?? unknownAction(action))(parse(body), context));
      } catch (error) {
        if (error instanceof SqsError) return failure(error);
        throw error;
      }
    },
    refuse: (refusal, sentence) =>
      refusal === 'broken' ? broken(sentence) : failure(new SqsError(refusals[refusal], sentence)),
  });

  return {
    url: front.url,
    port: front.port,
    deliver: (queueArn, body) => {
      const queue = findByArn(registry, queueArn);
      if (!queue) throw new SqsError('QueueDoesNotExist', `There is no queue ${queueArn}.`);
      return { messageId: enqueue(queue, { body, attributes: {} }, { senderId: accountId }).id };
    },
    close: async () => {
      moveTasks.close();
      for (const queue of registry.queues.values()) closeQueue(queue);
      await front.close();
      if (dir !== undefined) await saveSnapshot(registry, dir);
    },
  };
};

const parse = (body: Buffer): Parameters => {
  try {
    const parsed: unknown = JSON.parse(body.toString() || '{}');
    if (isRecord(parsed)) return parsed;
  } catch {
    // Answered below, with the same sentence as a body that is JSON but no object.
  }
  throw new SqsError('InvalidParameterValueException', 'The request body is not a JSON object.');
};

const unknownAction = (action: string): Action => {
  throw new SqsError('UnsupportedOperation', `The local SQS does not have the action ${action}.`);
};

const success = ({ members, undelivered }: Answer): JsonReply => {
  const reply = { status: 200, body: JSON.stringify(members) };
  return undelivered ? { ...reply, undelivered } : reply;
};

const failure = ({ name, message, queryCode, status }: SqsError): JsonReply => ({
  status,
  headers: { 'x-amzn-query-error': `${queryCode};Sender` },
  body: JSON.stringify({ __type: `com.amazonaws.sqs#${name}`, message }),
});

const broken = (sentence: string): JsonReply => ({
  status: 500,
  headers: { 'x-amzn-query-error': 'InternalFailure;Receiver' },
  body: JSON.stringify({ __type: 'com.amazonaws.sqs#InternalFailure', message: sentence }),
});
