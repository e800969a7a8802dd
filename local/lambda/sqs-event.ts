/** Builds the event that a function receives for messages of a queue. */
import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSMessageAttributes, SQSRecord, SQSRecordAttributes } from 'aws-lambda';

/** "The invocation payload quota, 6 MB" (Lambda quotas, synchronous). Larger batches are split. */
export const maxPayloadBytes = 6 * 1024 * 1024;

/** One record. `queueArn` names source and region. */
export const toSqsRecord = (message: Message, queueArn: string): SQSRecord => {
  const record: SQSRecord = {
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    body: message.Body ?? '',
    // Lambda asks SQS for all system attributes; the type lists those that are always there.
    attributes: (message.Attributes ?? {}) as unknown as SQSRecordAttributes,
    messageAttributes: toRecordAttributes(message.MessageAttributes ?? {}),
    md5OfBody: message.MD5OfBody ?? '',
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(':')[3] ?? '',
  };
  const { MD5OfMessageAttributes: md5OfMessageAttributes } = message;
  return md5OfMessageAttributes === undefined ? record : { ...record, md5OfMessageAttributes };
};

/** Splits records into events that fit one invocation each; a record is never cut. */
export const toSqsEvents = (
  records: readonly SQSRecord[],
  maxBytes = maxPayloadBytes,
): readonly SQSEvent[] => {
  const events: SQSEvent[] = [];
  const envelopeBytes = Buffer.byteLength('{"Records":[]}');
  let bytes = Number.POSITIVE_INFINITY;
  for (const record of records) {
    const recordBytes = Buffer.byteLength(JSON.stringify(record)) + 1;
    if (bytes + recordBytes > maxBytes) {
      events.push({ Records: [] });
      bytes = envelopeBytes;
    }
    events.at(-1)?.Records.push(record);
    bytes += recordBytes;
  }
  return events;
};

const toRecordAttributes = (
  attributes: Readonly<Record<string, MessageAttributeValue>>,
): SQSMessageAttributes =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, attribute]) => [
      name,
      {
        ...(attribute.StringValue === undefined ? {} : { stringValue: attribute.StringValue }),
        ...(attribute.BinaryValue === undefined
          ? {}
          : { binaryValue: Buffer.from(attribute.BinaryValue).toString('base64') }),
        stringListValues: [],
        binaryListValues: [],
        dataType: attribute.DataType ?? 'String',
      },
    ]),
  );
