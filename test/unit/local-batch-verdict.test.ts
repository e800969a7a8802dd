/** How an answer to an SQS batch is judged, case by case of the Lambda Developer Guide. */
import { describe, expect, it } from 'vitest';
import { judgeBatch } from '../../local/lambda/batch-verdict.ts';

const messageIds = ['a', 'b', 'c'];

const judge = (payload: string, reportBatchItemFailures = true) =>
  judgeBatch({ messageIds, reportBatchItemFailures, result: { payload } });

const failures = (...batchItemFailures: unknown[]) => JSON.stringify({ batchItemFailures });

describe('a batch', () => {
  it.each([
    ['an empty list', failures()],
    ['a null list', '{"batchItemFailures":null}'],
    ['an empty response', ''],
    ['an empty object', '{}'],
    ['a null response', 'null'],
    ['an object about something else', '{"statusCode":200}'],
  ])('succeeds with %s', (_title, payload) => {
    expect(judge(payload)).toEqual({ succeeded: messageIds, failed: [] });
  });

  it.each([
    ['invalid JSON', '{"batchItemFailures":['],
    ['an empty itemIdentifier', failures({ itemIdentifier: '' })],
    ['a null itemIdentifier', failures({ itemIdentifier: null })],
    ['a number as itemIdentifier', failures({ itemIdentifier: 123 })],
    ['a wrong key name', failures({ foo: 'a' })],
    ['a bare id', failures('a')],
    ['a null entry', failures(null)],
    ['an unknown id', failures({ itemIdentifier: 'z' })],
    [
      'an unknown id beside a known one',
      failures({ itemIdentifier: 'a' }, { itemIdentifier: 'z' }),
    ],
    ['a bad entry beside a good one', failures({ itemIdentifier: 'a' }, {})],
    ['something that is no list', '{"batchItemFailures":"a"}'],
    ['a text', '"ok"'],
    ['a list', '[]'],
  ])('fails whole with %s', (_title, payload) => {
    expect(judge(payload)).toMatchObject({
      succeeded: [],
      failed: messageIds,
      reason: expect.stringMatching(/./),
    });
  });

  it('loses only what is reported', () => {
    expect(judge(failures({ itemIdentifier: 'b' }))).toMatchObject({
      succeeded: ['a', 'c'],
      failed: ['b'],
    });
  });

  it('loses all that are reported, once each', () => {
    const all = [...messageIds, 'a'].map((itemIdentifier) => ({ itemIdentifier }));

    expect(judge(failures(...all))).toMatchObject({ succeeded: [], failed: messageIds });
  });

  it('succeeds whatever the answer where failures are not reported', () => {
    expect(judge(failures({ itemIdentifier: 'a' }), false).succeeded).toEqual(messageIds);
    expect(judge('not json', false).succeeded).toEqual(messageIds);
  });

  it.each([true, false])('fails whole with a function error (reporting: %s)', (reporting) => {
    const result = { functionError: 'boom' };

    expect(judgeBatch({ messageIds, reportBatchItemFailures: reporting, result })).toEqual({
      succeeded: [],
      failed: messageIds,
      reason: 'boom',
    });
  });
});
