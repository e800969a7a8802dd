/** Events as AWS hands them to a function, valid by default. */
import type { APIGatewayProxyEventV2, SQSEvent, SQSRecord } from 'aws-lambda';
import type { InvocationContext } from '../../shared/lambda/invocation.ts';

export interface S3RecordOptions {
  readonly eventName?: string;
  readonly eventVersion?: string;
  readonly bucket?: string;
  /** As S3 spells it: form-url-encoded. */
  readonly key?: string;
  readonly size?: number;
  readonly eTag?: string;
  readonly versionId?: string | null;
  readonly sequencer?: string | undefined;
}

/** One entry of `Records` in an S3 notification. */
export const s3Record = ({
  eventName = 'ObjectCreated:Put',
  eventVersion = '2.1',
  bucket = 'uploads',
  key = 'incoming/acme/a.txt',
  ...object
}: S3RecordOptions = {}) => ({
  eventVersion,
  eventSource: 'aws:s3',
  awsRegion: 'eu-central-1',
  eventTime: '2026-01-01T00:00:00.500Z',
  eventName,
  s3: {
    s3SchemaVersion: '1.0',
    bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` },
    object: { key, size: 11, eTag: 'etag-1', versionId: 'version-1', sequencer: '0010', ...object },
  },
});

export const s3Event = (...records: readonly unknown[]) => ({ Records: records });

/** The message body that an SNS topic sends to a queue. */
export const snsBody = (message: unknown) => ({
  Type: 'Notification',
  MessageId: '6f1c2f0e-0000-4000-8000-000000000001',
  TopicArn: 'arn:aws:sns:eu-central-1:000000000000:uploads',
  Message: JSON.stringify(message),
  Timestamp: '2026-01-01T00:00:00.500Z',
});

export const sqsRecord = (
  body: unknown,
  { attempt = 1, ...overrides }: Partial<SQSRecord> & { readonly attempt?: number } = {},
): SQSRecord => ({
  messageId: 'message-1',
  receiptHandle: 'receipt-1',
  body: typeof body === 'string' ? body : JSON.stringify(body),
  attributes: {
    ApproximateReceiveCount: String(attempt),
    SentTimestamp: '1767225600000',
    SenderId: 'AIDAEXAMPLE',
    ApproximateFirstReceiveTimestamp: '1767225600001',
  },
  messageAttributes: {},
  md5OfBody: '0'.repeat(32),
  eventSource: 'aws:sqs',
  eventSourceARN: 'arn:aws:sqs:eu-central-1:000000000000:sluice-dev-light',
  awsRegion: 'eu-central-1',
  ...overrides,
});

export const sqsEvent = (...records: readonly SQSRecord[]): SQSEvent => ({ Records: [...records] });

/** A batch of one record per body, with ids and receipts that count from 1. */
export const sqsBatch = (
  bodies: readonly unknown[],
  shared: Parameters<typeof sqsRecord>[1] = {},
): SQSEvent =>
  sqsEvent(
    ...bodies.map((body, index) =>
      sqsRecord(body, {
        ...shared,
        messageId: `message-${index + 1}`,
        receiptHandle: `receipt-${index + 1}`,
      }),
    ),
  );

export const invocation = (overrides: Partial<InvocationContext> = {}): InvocationContext => ({
  awsRequestId: 'request-1',
  getRemainingTimeInMillis: () => 60_000,
  ...overrides,
});

export interface HttpEventOptions {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly pathParameters?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly isBase64Encoded?: boolean;
}

/** A request as an HTTP API passes it on (payload format 2.0): header names in lower case. */
export const httpEvent = ({
  method = 'GET',
  path = '/uploads',
  headers = { authorization: 'Bearer valid' },
  pathParameters,
  query,
  body,
  isBase64Encoded = false,
}: HttpEventOptions = {}): APIGatewayProxyEventV2 => ({
  version: '2.0',
  routeKey: `${method} ${path}`,
  rawPath: path,
  rawQueryString: new URLSearchParams(query).toString(),
  headers: { ...headers },
  ...(query === undefined ? {} : { queryStringParameters: { ...query } }),
  ...(pathParameters === undefined ? {} : { pathParameters: { ...pathParameters } }),
  requestContext: {
    accountId: '000000000000',
    apiId: 'local',
    domainName: 'localhost',
    domainPrefix: 'localhost',
    http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
    requestId: 'gateway-1',
    routeKey: `${method} ${path}`,
    stage: '$default',
    time: '01/Jan/2026:00:00:00 +0000',
    timeEpoch: 1_767_225_600_000,
  },
  ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  isBase64Encoded,
});
