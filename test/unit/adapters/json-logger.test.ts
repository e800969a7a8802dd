/** Log lines: one per call, readable, without secrets. */
import { expect, it } from 'vitest';
import { createJsonLogger } from '../../../shared/adapters/json-logger.ts';
import { createMemoryLogger } from '../../../shared/adapters/memory/memory-logger.ts';
import { RetryableError } from '../../../shared/domain/errors.ts';

it('writes level word, time, constant message and fields, and those of its parents', () => {
  const logs = createMemoryLogger();
  logs.child({ uploadId: 'u' }).child({ step: 's' }).info({ bytes: 3 }, 'step ended');
  expect(logs.lines()).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T.*Z$/),
      uploadId: 'u',
      step: 's',
      bytes: 3,
      message: 'step ended',
    },
  ]);
});

it('writes only from its level on, and base fields on every line', () => {
  const written: string[] = [];
  const destination = { write: (line: string): void => void written.push(line) };
  const logger = createJsonLogger({ level: 'warn', destination, base: { stage: 'test' } });
  for (const level of ['debug', 'info', 'warn', 'error'] as const) logger[level]({}, level);
  const lines = written.map((line) => JSON.parse(line));
  expect(lines.map(({ level, stage }) => [level, stage])).toEqual([
    ['warn', 'test'],
    ['error', 'test'],
  ]);
});

it('tells an error and what caused it, and nothing else that hangs on it', () => {
  const logs = createMemoryLogger();
  const cause = Object.assign(new Error('socket'), { code: 'ECONNRESET', request: { body: 'x' } });
  logs.error({ err: new RetryableError('store_unavailable', { cause }) }, 'failed');
  const [line] = logs.lines();
  expect(line?.err).toEqual({
    type: 'RetryableError',
    code: 'store_unavailable',
    message: 'The state store did not answer properly.',
    stack: expect.stringContaining('json-logger.test.ts'),
    cause: {
      type: 'Error',
      code: 'ECONNRESET',
      message: 'socket',
      stack: expect.any(String),
    },
  });
});

it('E21: keeps every secret out, wherever it hides', () => {
  const logs = createMemoryLogger();
  const url = 'https://b/k?X-Amz-Credential=s3cret&X-Amz-Signature=s3cret&x=1';
  const fields = {
    authorization: 's3cret',
    headers: { Authorization: 'Bearer s3cret', cookie: 's3cret' },
    deep: [{ token: 's3cret', list: ['Bearer s3cret'] }],
    url,
    form: { fields: { Policy: 's3cret', 'X-Amz-Security-Token': 's3cret' } },
    err: new Error(`GET ${url} failed`, { cause: new Error('Bearer s3cret') }),
  };
  logs.error(fields, 'failed');
  logs.child(fields).info({}, 'child');
  expect(logs.lines()).toHaveLength(2);
  expect(logs.text()).not.toContain('s3cret');
  expect(logs.text()).toContain('x=1');
});

it('E12: stays one line whatever stands in a field', () => {
  const logs = createMemoryLogger();
  const circular: Record<string, unknown> = { big: 1n, bytes: new Uint8Array(9), at: new Date(0) };
  circular.self = circular;
  const name = 'a\r\n{"level":"error"}\u2028\u001b[31m';
  logs.info({ name, circular, none: undefined, long: 'x'.repeat(100_000) }, 'odd');
  expect(logs.text().trimEnd().split('\n')).toHaveLength(1);
  expect(logs.text().length).toBeLessThan(20_000);
  expect(logs.lines()[0]).toMatchObject({ name, circular: { big: '1', bytes: '[9 bytes]' } });
});
