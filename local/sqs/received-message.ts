/** A message as ReceiveMessage answers it: with the attributes that were asked for, and no others. */
import { md5, md5OfAttributes } from './message.ts';
import type { Delivery } from './message-store.ts';
import { type Parameters, texts } from './parameters.ts';
import { type Queue, receiptHandle } from './queue.ts';

export const receivedMessage = (queue: Queue, delivery: Delivery, parameters: Parameters) => {
  const { message } = delivery;
  const system = {
    SenderId: message.senderId,
    SentTimestamp: `${message.sentAt}`,
    ApproximateReceiveCount: `${delivery.receiveCount}`,
    ApproximateFirstReceiveTimestamp: `${delivery.firstReceivedAt}`,
    MessageGroupId: message.groupId,
    AWSTraceHeader: message.traceHeader,
    DeadLetterQueueSourceArn: message.deadLetterSourceArn,
  };
  // AttributeNames is the older name of MessageSystemAttributeNames; both still work.
  const wanted = [
    ...texts(parameters, 'MessageSystemAttributeNames'),
    ...texts(parameters, 'AttributeNames'),
  ];
  const given = select(system, (name) => wanted.includes('All') || wanted.includes(name));
  const matches = attributeFilter(texts(parameters, 'MessageAttributeNames'));
  const attributes = select(message.attributes, matches);
  return {
    MessageId: message.id,
    ReceiptHandle: receiptHandle(queue, delivery),
    Body: message.body,
    MD5OfBody: md5(message.body),
    Attributes: Object.keys(given).length > 0 ? given : undefined,
    MessageAttributes: Object.keys(attributes).length > 0 ? attributes : undefined,
    MD5OfMessageAttributes: md5OfAttributes(attributes),
  };
};

const select = <T>(all: Readonly<Record<string, T>>, wanted: (name: string) => boolean) =>
  Object.fromEntries(
    Object.entries(all).filter(([name, value]) => value !== undefined && wanted(name)),
  ) as Record<string, NonNullable<T>>;

/** `All`, `.*`, a full name, or a prefix written `foo.*`. */
const attributeFilter = (wanted: readonly string[]) => (name: string) =>
  wanted.some(
    (pattern) =>
      pattern === 'All' ||
      pattern === '.*' ||
      pattern === name ||
      (pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -2))),
  );
