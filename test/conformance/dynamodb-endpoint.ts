/**
 * What a DynamoDB endpoint must do for Sluice, asked through the AWS SDK.
 * Runs against the local DynamoDB, and against any other endpoint that a client is made for.
 */
import { describe } from 'vitest';
import { describeConditionalWrites } from './dynamodb-endpoint/conditional-writes.ts';
import { type ClientFactory, tableOf } from './dynamodb-endpoint/endpoint.ts';
import { describeIndexes } from './dynamodb-endpoint/indexes.ts';
import { describeRequests } from './dynamodb-endpoint/requests.ts';
import { describeShownRows } from './dynamodb-endpoint/shown-rows.ts';
import { describeTables } from './dynamodb-endpoint/tables.ts';
import { describeTransactions } from './dynamodb-endpoint/transactions.ts';

/** Declares the suite. `makeClient` is first called inside a hook, so a server may start before. */
export const dynamodbEndpointSuite = (title: string, makeClient: ClientFactory): void => {
  describe(title, () => {
    const table = tableOf(makeClient);

    describe('a conditional write', () => describeConditionalWrites(table));
    describe('the row shown for a failed condition', () => describeShownRows(table));
    describe('an index', () => describeIndexes(table));
    describe('a transaction', () => describeTransactions(table));
    describe('a table', () => describeTables(table));
    describe('a request', () => describeRequests(table));
  });
};
