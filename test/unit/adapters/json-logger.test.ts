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

it('tells of errors that came together the first ten, each with what caused it', () => {
  const logs = createMemoryLogger();
  const failed = (id: number) => new Error(`${id} failed`, { cause: new Error('throttled') });
  const errors = Array.from({ length: 12 }, (_, id) => failed(id));
  logs.error({ err: new AggregateError(errors, 'Some failed.') }, 'failed');

  const [line] = logs.lines();
  const told = errors.slice(0, 10).map(({ message }) =>
    expect.objectContaining({
      message,
      cause: expect.objectContaining({ message: 'throttled' }),
    }),
  );
  expect(line?.err).toMatchObject({ message: 'Some failed.', errors: told });
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

const JWT = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhbm4ifQ.s3cretS3cret';

it.each([
  ['a field of a presigned address', { 'X-Amz-Signature': 's3cret', 'x-amz-credential': 's3cret' }],
  ['keys in fields', { apiKey: 's3cret', 'x-api-key': 's3cret', SESSION_SIGNING_KEY: 's3cret' }],
  ['tokens and cookies in fields', { sessionToken: 's3cret', 'Set-Cookie': 's3cret' }],
  ['an API key by itself', 'slk.acme.01J8.s3cret'],
  ['an API key in a sentence', 'The key slk.acme.01J8.s3cret is not known.'],
  ['the secret of a webhook', 'whsec_s3cret/+s3cret=='],
  ['a token by itself', JWT],
  ['a token in a path', `GET /x/${JWT}/y failed`],
  ['a token in an address', 'https://a/?token=s3cret&x=1'],
  ['an address within an address', 'https://a/?to=https%3A%2F%2Fb%2F%3FX-Amz-Signature%3Ds3cret'],
  ['JSON', '{"token":"s3cret", "authorization": "Bearer s3cret", "cookie":"a=1; b=s3cret"}'],
  ['JSON within JSON', JSON.stringify(JSON.stringify({ body: { password: 's3cret s3cret' } }))],
  ['a bearer token in an address', 'https://a/?h=Bearer%20s3cret'],
  ['a name and a password', 'Basic s3cret'],
])('E21: keeps out %s', (_name, found) => {
  const logs = createMemoryLogger();
  logs.error({ found, err: new Error(JSON.stringify(found)) }, 'failed');

  expect(logs.text()).not.toMatch(/s3cret/i);
  expect(logs.text()).toContain('[redacted]');
});

it.each([
  'The token is not valid.',
  'policy: what is wrong with it',
  'typePolicy=accept',
  '{"typePolicy":"accept","key":"incoming/acme/upl_1"}',
  'incoming/acme/upl_0 eyJust.a',
])('leaves what is no secret: %s', (found) => {
  const logs = createMemoryLogger();
  logs.info({ found }, 'told');

  expect(logs.lines()[0]).toMatchObject({ found });
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
