import { describe, expect, it } from 'vitest';
import { NonRetryableError } from '../../../shared/domain/errors.ts';
import { parseMessage } from '../../../shared/lambda/sqs-batch.ts';

describe('parseMessage', () => {
  const schema = {
    safeParse: (value: unknown) =>
      value === 7 ? ({ success: true, data: 7 } as const) : ({ success: false } as const),
  };
  const invalid = () => new NonRetryableError('invalid_message');

  it('gives what the schema lets through', () => {
    expect(parseMessage('7', schema, invalid)).toBe(7);
  });

  it.each(['', 'not json', '8', '{"v":2}'])('B10: refuses %j', (body) => {
    expect(() => parseMessage(body, schema, invalid)).toThrow(NonRetryableError);
  });
});
