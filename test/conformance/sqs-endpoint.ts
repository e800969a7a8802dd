/**
 * What an SQS endpoint must do for Sluice, asked through the AWS SDK.
 * Runs against the local SQS, and against any other endpoint that a client is made for.
 */
import { describe } from 'vitest';
import { describeBatches } from './sqs-endpoint/batches.ts';
import { describeDeadLetters } from './sqs-endpoint/dead-letters.ts';
import { type ClientFactory, queuesOf } from './sqs-endpoint/endpoint.ts';
import { describeLongPolling } from './sqs-endpoint/long-polling.ts';
import { describeMessages } from './sqs-endpoint/messages.ts';
import { describeQueues } from './sqs-endpoint/queues.ts';
import { describeVisibility } from './sqs-endpoint/visibility.ts';

/**
 * Declares the suite; its tests run side by side, each on queues of its own, since most of them wait.
 * `makeClient` is first called inside a hook, so a server may start before.
 */
export const sqsEndpointSuite = (title: string, makeClient: ClientFactory): void => {
  describe.concurrent(title, () => {
    const suite = queuesOf(makeClient);

    describe('queues', () => describeQueues(suite));
    describe('messages', () => describeMessages(suite));
    describe('visibility', () => describeVisibility(suite));
    describe('long polling', () => describeLongPolling(suite));
    describe('batches', () => describeBatches(suite));
    describe('dead letters', () => describeDeadLetters(suite));
  });
};
