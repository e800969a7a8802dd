/** SQS actions on messages, one at a time and in batches. */
import { SqsError } from './errors.ts';
import {
  maxBatchEntries,
  maxDelaySeconds,
  maxMessageBytes,
  maxReceiveMessages,
  maxVisibilitySeconds,
  maxWaitSeconds,
} from './limits.ts';
import { type Message, md5, md5OfAttributes, messageBytes, type Outgoing } from './message.ts';
import {
  isRecord,
  optionalInteger,
  outgoing,
  type Parameters,
  requireSize,
  text,
} from './parameters.ts';
import {
  addToQueue,
  changeVisibility,
  deleteFromQueue,
  type Queue,
  receiveFromQueue,
} from './queue.ts';
import { type Action, nothing, queueOf } from './queue-actions.ts';
import { numberOf } from './queue-attributes.ts';
import { receivedMessage } from './received-message.ts';

type Sender = { readonly senderId: string; readonly delaySeconds?: number | undefined };

/** Puts a message on a queue as SendMessage does. Throws where it is larger than the queue takes. */
export const enqueue = (queue: Queue, message: Outgoing, sender: Sender): Message => {
  requireSize(message, numberOf(queue.attributes, 'MaximumMessageSize'));
  const now = Date.now();
  const delaySeconds = sender.delaySeconds ?? numberOf(queue.attributes, 'DelaySeconds');
  const stored: Message = {
    ...message,
    id: crypto.randomUUID(),
    senderId: sender.senderId,
    sentAt: now,
    visibleAt: now + delaySeconds * 1000,
    receiveCount: 0,
    receipt: 0,
  };
  addToQueue(queue, stored);
  return stored;
};

const send = (queue: Queue, parameters: Parameters, senderId: string) => {
  const range = { min: 0, max: maxDelaySeconds };
  const delaySeconds = optionalInteger(parameters, 'DelaySeconds', range);
  const message = enqueue(queue, outgoing(parameters), { senderId, delaySeconds });
  return {
    MessageId: message.id,
    MD5OfMessageBody: md5(message.body),
    MD5OfMessageAttributes: md5OfAttributes(message.attributes),
    MD5OfMessageSystemAttributes:
      message.traceHeader &&
      md5OfAttributes({ AWSTraceHeader: { DataType: 'String', StringValue: message.traceHeader } }),
  };
};

const receiveMessage: Action = async (parameters, context) => {
  const queue = queueOf(parameters, context);
  const within = (name: string, min: number, max: number) =>
    optionalInteger(parameters, name, { min, max });
  const deliveries = await receiveFromQueue(queue, {
    max: within('MaxNumberOfMessages', 1, maxReceiveMessages) ?? 1,
    visibilitySeconds:
      within('VisibilityTimeout', 0, maxVisibilitySeconds) ??
      numberOf(queue.attributes, 'VisibilityTimeout'),
    waitSeconds:
      within('WaitTimeSeconds', 0, maxWaitSeconds) ??
      numberOf(queue.attributes, 'ReceiveMessageWaitTimeSeconds'),
    gone: context.gone,
  });
  // SQS leaves the member out when there is nothing.
  if (deliveries.length === 0) return nothing;
  return {
    members: {
      Messages: deliveries.map((delivery) => receivedMessage(queue, delivery, parameters)),
    },
    undelivered: () => {
      for (const delivery of deliveries) delivery.undo();
    },
  };
};

/** Runs `act` for each entry; a refusal fails its own entry and no other. */
const inBatch =
  (act: (queue: Queue, entry: Parameters, senderId: string) => object): Action =>
  (parameters, context) => {
    const queue = queueOf(parameters, context);
    const successful: object[] = [];
    const failed: object[] = [];
    for (const { id, entry } of batchEntries(parameters)) {
      try {
        successful.push({ Id: id, ...act(queue, entry, context.senderId) });
      } catch (error) {
        if (!(error instanceof SqsError)) throw error;
        const { queryCode, message } = error;
        failed.push({ Id: id, SenderFault: true, Code: queryCode, Message: message });
      }
    }
    return { members: { Successful: successful, Failed: failed } };
  };

const batchEntries = (parameters: Parameters) => {
  const list = parameters.Entries ?? [];
  const entries = (Array.isArray(list) ? list : []).filter(isRecord);
  const ids = entries.map((entry) => text(entry, 'Id'));
  if (entries.length === 0) {
    throw new SqsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  }
  if (entries.length > maxBatchEntries) {
    throw new SqsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${maxBatchEntries}. You have sent ${entries.length}.`,
    );
  }
  if (ids.some((id) => !/^[A-Za-z0-9_-]{1,80}$/.test(id))) {
    throw new SqsError(
      'InvalidBatchEntryId',
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
    );
  }
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index);
  if (repeated !== undefined) {
    throw new SqsError('BatchEntryIdsNotDistinct', `Id ${repeated} repeated.`);
  }
  return entries.map((entry, index) => ({ id: ids[index], entry }));
};

const sendMessageBatch: Action = (parameters, context) => {
  const bytes = batchEntries(parameters)
    .map(({ entry }) => messageBytes(outgoing(entry)))
    .reduce((sum, each) => sum + each, 0);
  if (bytes > maxMessageBytes) {
    throw new SqsError(
      'BatchRequestTooLong',
      `Batch requests cannot be longer than ${maxMessageBytes} bytes. You have sent ${bytes} bytes.`,
    );
  }
  return inBatch(send)(parameters, context);
};

const hide = (queue: Queue, parameters: Parameters) => {
  const range = { min: 0, max: maxVisibilitySeconds };
  const seconds = optionalInteger(parameters, 'VisibilityTimeout', range);
  if (seconds === undefined) {
    throw new SqsError(
      'MissingRequiredParameterException',
      'The request must contain the parameter VisibilityTimeout.',
    );
  }
  changeVisibility(queue, text(parameters, 'ReceiptHandle'), seconds);
  return {};
};

const remove = (queue: Queue, parameters: Parameters) => {
  deleteFromQueue(queue, text(parameters, 'ReceiptHandle'));
  return {};
};

export const messageActions: Readonly<Record<string, Action>> = {
  SendMessage: (parameters, context) => ({
    members: send(queueOf(parameters, context), parameters, context.senderId),
  }),
  SendMessageBatch: sendMessageBatch,
  ReceiveMessage: receiveMessage,
  DeleteMessage: (parameters, context) => ({
    members: remove(queueOf(parameters, context), parameters),
  }),
  DeleteMessageBatch: inBatch(remove),
  ChangeMessageVisibility: (parameters, context) => ({
    members: hide(queueOf(parameters, context), parameters),
  }),
  ChangeMessageVisibilityBatch: inBatch(hide),
};
