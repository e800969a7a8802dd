/** Chapter: the row that is shown for a failed condition, in a race. */
import type { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { N, type SuiteTable } from './endpoint.ts';

export const describeShownRows = (table: SuiteTable): void => {
  const { newKey, put, update } = table;

  it('is one that fails it, while others change the row', async () => {
    const key = newKey();
    await put({ ...key, open: N(1) });
    const toggle = async () => {
      for (let turn = 0; turn < 60; turn += 1) {
        await put({ ...key, open: N(turn % 3 === 0 ? 1 : 0) });
      }
    };
    const shown: (string | undefined)[] = [];
    const claim = async () => {
      for (let turn = 0; turn < 40; turn += 1) {
        const claimed = update(key, {
          UpdateExpression: 'SET claimed = :one',
          ConditionExpression: '#open = :one',
          ExpressionAttributeNames: { '#open': 'open' },
          ExpressionAttributeValues: { ':one': N(1) },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        });
        await claimed.catch((error: ConditionalCheckFailedException) => {
          shown.push(error.Item?.open?.N);
        });
      }
    };

    await Promise.all([toggle(), toggle(), toggle(), claim(), claim(), claim()]);

    expect(shown.length).toBeGreaterThan(0);
    expect(shown.filter((open) => open !== '0')).toEqual([]);
  });
};
