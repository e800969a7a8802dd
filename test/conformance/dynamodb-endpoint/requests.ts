/** Chapter: requests that are refused. */
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { failure, N, type Row, S, type SuiteTable } from './endpoint.ts';

export const describeRequests = (table: SuiteTable): void => {
  const { TableName, newKey, put, update, makeClient } = table;

  it('is refused for an unknown access key', async () => {
    const stranger = makeClient({ accessKeyId: 'AKIAUNKNOWNUNKNOWN00' });

    const error = await failure(stranger.send(new GetItemCommand({ TableName, Key: newKey() })));

    expect(error.name).toBe('UnrecognizedClientException');
    stranger.destroy();
  });

  it('is refused for a reserved word, an unused value and a row over 400 KB', async () => {
    const key = newKey();
    const set = (expression: string, values: Row) =>
      failure(
        update(key, {
          UpdateExpression: expression,
          ExpressionAttributeValues: values,
        }),
      );
    const big = { ...key, body: S('x'.repeat(400 * 1024)) };

    for (const error of [
      await set('SET total = :a', { ':a': N(1) }),
      await set('SET a = :a', { ':a': N(1), ':b': N(2) }),
      await failure(put(big)),
    ]) {
      expect(error.name).toBe('ValidationException');
    }
  });
};
