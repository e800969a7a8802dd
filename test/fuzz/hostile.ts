/** What nobody should send: strings, values and bodies that break careless programs. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';

const KNOWN_STRINGS = [
  '',
  ' ',
  '.',
  '..',
  '../../../../etc/passwd',
  '..\\..\\windows',
  '\u0000',
  'a\u0000b',
  'a\r\nset-cookie: b=c',
  '\u001b[31mred',
  '\u202egnp.exe',
  '\ud800',
  '💣'.repeat(40),
  'a'.repeat(300),
  'a'.repeat(5_000),
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'null',
  'undefined',
  'true',
  'NaN',
  '-0',
  '1e999',
  '0x10',
  '99999999999999999999',
  '[object Object]',
  '%',
  '%00',
  '%zz',
  '%2e%2e%2f',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a text that a template engine would evaluate.
  '${7*7}',
  '{{7*7}}',
  "' OR '1'='1",
  '<script>alert(1)</script>',
  '*',
  '(((((((((((((((((((((((((((((',
  `${'a'.repeat(200)}!`,
  'upl_00000000000000000000000000',
  'UPL_00000000000000000000000000',
] as const;

export const hostileString = fc.oneof(
  fc.constantFrom(...KNOWN_STRINGS),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 40 }),
);

const POLLUTION = ['__proto__', 'constructor', 'prototype'] as const;

/** Names that a body has no right to set, and names of the language itself. */
export const hostileKey = fc.oneof(
  fc.constantFrom(
    ...POLLUTION,
    ...['tenant', 'tenantId', 'owner', 'ownerId', 'state', 'steps', 'rev', 'generation', 'id'],
    ...['deletedAt', 'outcomes', 'plan', 'origin', 'object', 'toJSON', 'then', 'length'],
  ),
  hostileString,
);

export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileString,
  fc.constantFrom(
    ...[null, true, false, 0, -1, 1.5, 1e308, -1e308, 2 ** 53, 2 ** 53 + 2, [], {}],
    ...[[[[[[[]]]]]], { polluted: true }, [null], [0, -1, 10_001]],
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

export interface RawBody {
  readonly text: string;
  readonly isBase64Encoded: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

const raw = (text: string): RawBody => ({ text, isBase64Encoded: false, headers: {} });

const inBase64 = (bytes: Uint8Array, headers = {}): RawBody => ({
  text: Buffer.from(bytes).toString('base64'),
  isBase64Encoded: true,
  headers,
});

const KNOWN_BODIES = [
  ...['', ' ', '{', '}', '[', '"', '{"name":', "{'name':'a'}", '{"name":"a",}', 'undefined', 'NaN'],
  ...[
    'null',
    'true',
    '0',
    '-',
    '1e999',
    '"text"',
    '[]',
    '[{}]',
    '{}',
    '\ufeff{}',
    '{}{}',
    '{}\n{}',
  ],
  '{"name":"a","name":"b","size":1,"size":-1}',
  '{"name":"a","size":1e400}',
  '{"name":"a","size":9007199254740993}',
  '{"name":"a","size":1,"__proto__":{"polluted":true}}',
  '{"name":"a","size":1,"constructor":{"prototype":{"polluted":true}}}',
  '{"name":"\\ud800","size":1}',
  '{"name":"a\\u0000b","size":1}',
  '<xml/>',
  'name=a&size=1',
] as const;

/** A body as bytes on the wire, JSON or not. */
export const hostileBody: fc.Arbitrary<RawBody> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...KNOWN_BODIES).map(raw) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }).map(raw) },
  {
    weight: 2,
    arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => inBase64(bytes)),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(100, 5_000, 30_000)
      .chain((depth) =>
        fc.constantFrom(
          '['.repeat(depth),
          '{"a":'.repeat(depth),
          `${'['.repeat(depth)}${']'.repeat(depth)}`,
        ),
      )
      .map(raw),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(64 * 1024 - 20, 64 * 1024 + 1, 1024 ** 2 + 1)
      .map((length) => raw(JSON.stringify({ name: 'x'.repeat(length), size: 1 }))),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('gzip', 'br', 'identity', 'nonsense')
      .map((encoding) =>
        inBase64(gzipSync('{"name":"a","size":1}'), { 'content-encoding': encoding }),
      ),
  },
);
