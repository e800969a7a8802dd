/** A message in a local queue: its shape, its size and its digests. */
import { createHash } from 'node:crypto';

export type MessageAttribute = {
  readonly DataType: string;
  readonly StringValue?: string;
  /** Base64, as on the wire. */
  readonly BinaryValue?: string;
};

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

/** What a sender gives. */
export type Outgoing = {
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly traceHeader?: string | undefined;
  readonly groupId?: string | undefined;
};

/** What a queue keeps; times in milliseconds since 1970. Plain JSON, so that it can be saved. */
export type Message = Outgoing & {
  readonly id: string;
  readonly senderId: string;
  /** Dead-lettering keeps it: "the expiration of a message is always based on its original enqueue timestamp". */
  readonly sentAt: number;
  readonly deadLetterSourceArn?: string | undefined;
  /** Receives in the queues it was in before; SQS shows the sum, and each queue's redrive policy counts its own. */
  readonly receivedElsewhere?: number | undefined;
  visibleAt: number;
  /** "The number of times a message has been received across all queues but not deleted" (SQS API, ReceiveMessage). */
  receiveCount: number;
  /** The last time. */
  receivedAt?: number | undefined;
  firstReceivedAt?: number | undefined;
  /** Which of its receipt handles is the living one; 0 before the first receive. */
  receipt: number;
};

export const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** Bytes SQS counts: the body plus the name, type and value of each attribute. */
export const messageBytes = ({ body, attributes }: Outgoing): number => {
  let bytes = Buffer.byteLength(body);
  for (const [name, attribute] of Object.entries(attributes)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(attribute.DataType);
    bytes += attributeBytes(attribute).length;
  }
  return bytes;
};

/**
 * MD5 of message attributes (SQS Developer Guide, "Calculating the MD5 message digest for message
 * attributes"): by name, each of name, type and value with a four-byte length before it, and one
 * byte that tells text (1) from binary (2). Undefined when there are none.
 */
export const md5OfAttributes = (attributes: MessageAttributes): string | undefined => {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;

  const digest = createHash('md5');
  const updateWithLength = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    digest.update(length).update(bytes);
  };
  for (const name of names) {
    const attribute = attributes[name];
    if (!attribute) continue;
    updateWithLength(Buffer.from(name));
    updateWithLength(Buffer.from(attribute.DataType));
    digest.update(Buffer.from([isBinary(attribute) ? 2 : 1]));
    updateWithLength(attributeBytes(attribute));
  }
  return digest.digest('hex');
};

export const isBinary = (attribute: MessageAttribute): boolean =>
  attribute.DataType.split('.')[0] === 'Binary';

const attributeBytes = (attribute: MessageAttribute): Buffer =>
  isBinary(attribute)
    ? Buffer.from(attribute.BinaryValue ?? '', 'base64')
    : Buffer.from(attribute.StringValue ?? '');
