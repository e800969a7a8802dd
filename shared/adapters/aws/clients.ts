/** The SDK clients, with the patience of a pipeline that can retry: short, bounded, one connection used again and again. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** A connection inside the region takes a few milliseconds; a second means packets are lost. */
const CONNECT_MS = 1_000;
/** DynamoDB answers one row within tens of milliseconds; after two seconds a new attempt is quicker than waiting. */
const DYNAMO_ANSWER_MS = 2_000;
/** SQS stores a batch on several servers first; its own latency alarm starts in the seconds. */
const SQS_ANSWER_MS = 5_000;
/** Until the first byte of an answer only: a body takes as long as it takes, bounded by the caller's signal. */
const S3_ANSWER_MS = 10_000;
/** Three attempts per call; what still fails goes back to the queue, which waits longer than any client should. */
const MAX_ATTEMPTS = 3;
/** A worker has at most ten messages at once; S3 needs a socket for each open body beside its writes. */
const MAX_SOCKETS = 64;

const agents = { keepAlive: true, maxSockets: MAX_SOCKETS };

const handler = (answerMs: number) => ({
  connectionTimeout: CONNECT_MS,
  requestTimeout: answerMs,
  throwOnRequestTimeout: true,
  // The idle time of a socket says nothing: a paused body is a slow reader, not a dead server.
  socketTimeout: 0,
  httpAgent: agents,
  httpsAgent: agents,
});

const nothing = (): void => undefined;
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

const bounded = (answerMs: number) => ({
  maxAttempts: MAX_ATTEMPTS,
  requestHandler: handler(answerMs),
});

/**
 * Region, credentials and any AWS_ENDPOINT_URL_S3 come from the environment. Nothing is said about path style:
 * an endpoint that is an address, as on the laptop, gets it from the SDK's own rules, and S3 itself wants a
 * host name per bucket.
 */
export const createS3Client = (): S3Client =>
  new S3Client({
    ...bounded(S3_ANSWER_MS),
    // The default would sign the CRC of an empty body into every presigned address.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // It would print a line of its own for each stream that it cannot send twice; the error says all there is to say.
    logger: silent,
  });

export const createSqsClient = (): SQSClient => new SQSClient(bounded(SQS_ANSWER_MS));

export const createDynamoClient = (): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient(bounded(DYNAMO_ANSWER_MS)), {
    // An absent field of ours is `undefined`; a row has no such thing.
    marshallOptions: { removeUndefinedValues: true },
  });
