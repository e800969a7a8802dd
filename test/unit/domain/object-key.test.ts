import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeEventKey,
  derivedKey,
  incomingKey,
  isDerivedName,
  isTenant,
  manifestKey,
  parseIncomingKey,
} from '../../../shared/domain/object-key.ts';
import { TENANT, UPLOAD_ID } from '../../support/factories.ts';

/** As S3 writes a key into an event: form-url-encoded. */
const encode = (key: string): string =>
  new URLSearchParams({ key }).toString().slice('key='.length);

/** Names of the kind that break software: spaces, signs, other scripts, code, paths, control characters. */
const HOSTILE_NAMES = [
  'red flower.jpg',
  'a+b.txt',
  'a%2Bb',
  '100%25.txt',
  'a%40b',
  '%zz',
  '%',
  'Ω≈ç√∫˜µ≤≥÷',
  '田中さんにあげて下さい',
  'é',
  'e\u0301',
  '👩‍👩‍👧‍👦',
  '\u202etxt.exe',
  '\ufeff',
  '../../etc/passwd',
  '..\\..\\windows',
  './.',
  '/absolute',
  '<script>alert(1)</script>',
  "' OR 1=1 --",
  '"; DROP TABLE uploads; --',
  '$(touch /tmp/x)',
  '`id`',
  '{{7*7}}',
  '%s%n%x',
  '\u0000',
  'line\r\nbreak',
  '\u001b[31m',
  '__proto__',
  'constructor',
  'CON',
  ' ',
  '&=?#;:@',
];

describe('decodeEventKey', () => {
  it.each(HOSTILE_NAMES)('A11: gives %j back exactly as it was', (name) => {
    const key = `incoming/acme/${name}`;

    expect(decodeEventKey(encode(key))).toBe(key);
  });

  it('A11: gives every well-formed text back exactly, decoded once', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 }), (key) => {
        fc.pre(new TextEncoder().encode(key).length <= 1024);

        expect(decodeEventKey(encode(key))).toBe(key);
      }),
    );
  });

  it.each([
    ['a space as plus', 'red+flower.jpg', 'red flower.jpg'],
    ['a space as %20', 'Happy%20Face.jpg', 'Happy Face.jpg'],
    ['a plus', 'a%2Bb', 'a+b'],
    ['an encoded percent once only', 'a%2540b', 'a%40b'],
    ['a slash left alone', 'incoming/acme/a', 'incoming/acme/a'],
  ])('A11: reads %s', (_name, encoded, key) => {
    expect(decodeEventKey(encoded)).toBe(key);
  });

  it.each([
    ['a percent sign without digits', 'incoming/acme/%zz'],
    ['half a character', 'incoming/acme/%C3'],
    ['a lone continuation byte', 'incoming/acme/%80'],
    ['an overlong slash', 'incoming/acme/%C0%AF'],
    ['nothing', ''],
    ['one byte more than a key may have', encode(`${'é'.repeat(512)}a`)],
  ])('A11: knows no key in %s', (_name, encoded) => {
    expect(decodeEventKey(encoded)).toBeUndefined();
  });

  it('A11: takes a key of exactly 1,024 bytes', () => {
    const key = 'é'.repeat(512);

    expect(decodeEventKey(encode(key))).toBe(key);
  });
});

describe('parseIncomingKey', () => {
  it('reads tenant and upload back from the key of an upload', () => {
    expect(parseIncomingKey(incomingKey(TENANT, UPLOAD_ID))).toEqual({
      tenant: TENANT,
      uploadId: UPLOAD_ID,
    });
  });

  it.each(HOSTILE_NAMES.filter((name) => !name.endsWith('/')))(
    'A11: takes %j of another tool as a name, never as an id',
    (name) => {
      expect(parseIncomingKey(`incoming/acme/${name}`)).toEqual({
        tenant: 'acme',
        uploadId: undefined,
      });
    },
  );

  it.each([
    ['A15: our own results', 'results/upl_1/1/sha256-digest/x'],
    ['another prefix', 'outgoing/acme/a'],
    ['the prefix alone', 'incoming/'],
    ['no tenant', 'incoming/a.txt'],
    ['an empty tenant', 'incoming//a.txt'],
    ['a tenant in capitals', 'incoming/ACME/a.txt'],
    ['a tenant of two dots', 'incoming/../a.txt'],
    ['A11: a folder', 'incoming/acme/folder/'],
    ['the prefix not at the start', 'x/incoming/acme/a'],
    ['the prefix in capitals', 'Incoming/acme/a'],
    ['nothing', ''],
  ])('A15: leaves alone %s', (_name, key) => {
    expect(parseIncomingKey(key)).toBeUndefined();
  });

  it.each([
    ['one character short', UPLOAD_ID.slice(0, -1)],
    ['one character long', `${UPLOAD_ID}0`],
    ['letters that look like digits', UPLOAD_ID.replace('0', 'o')],
    ['a line break at the end', `${UPLOAD_ID}\n`],
    ['a folder below it', `${UPLOAD_ID}/a`],
  ])('takes no id with %s', (_name, name) => {
    expect(parseIncomingKey(`incoming/acme/${name}`)?.uploadId).toBeUndefined();
  });
});

describe('keys of the results bucket', () => {
  it('are the same for the same step of the same generation, and for no other', () => {
    const run = { uploadId: UPLOAD_ID, generation: 2 };

    expect(derivedKey(run, 'image-thumbnail', 'thumbnail.webp')).toBe(
      `results/${UPLOAD_ID}/2/image-thumbnail/thumbnail.webp`,
    );
    expect(manifestKey(UPLOAD_ID, 2)).toBe(`results/${UPLOAD_ID}/2/manifest.json`);
  });

  it('A15: are never keys that ingest would take', () => {
    const run = { uploadId: UPLOAD_ID, generation: 1 };

    expect(parseIncomingKey(derivedKey(run, 'one', 'a.txt'))).toBeUndefined();
    expect(parseIncomingKey(manifestKey(UPLOAD_ID, 1))).toBeUndefined();
  });

  it.each(HOSTILE_NAMES.filter((name) => name !== 'constructor'))(
    'A11: no derived file and no tenant is named %j',
    (name) => {
      expect(isDerivedName(name)).toBe(false);
      expect(isTenant(name)).toBe(false);
    },
  );

  it('take names of at most 64 safe characters', () => {
    expect(isDerivedName('a'.repeat(64))).toBe(true);
    expect(isDerivedName('a'.repeat(65))).toBe(false);
    expect(isDerivedName('page-01.v2_final.webp')).toBe(true);
    expect(isDerivedName('.hidden')).toBe(false);
  });
});
