import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createJsonScan, endJson, scanJson } from '../../../shared/processors/json/scanner.ts';
import { jsonCheck } from '../../../shared/processors/json-check.ts';
import { type InputOptions, processorInput } from '../../support/processor-input.ts';

const check = (text: string | Buffer, options: InputOptions = {}): Promise<unknown> =>
  jsonCheck.run(
    processorInput(jsonCheck, Buffer.from(text as string), { type: 'application/json', ...options })
      .input,
  );

const isValid = (text: string, pieceLength = text.length + 1): boolean => {
  const scan = createJsonScan(false, () => undefined);
  try {
    for (let at = 0; at < text.length; at += pieceLength)
      scanJson(scan, text.slice(at, at + pieceLength));
    endJson(scan);
    return true;
  } catch {
    return false;
  }
};

const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('json-check', () => {
  it('counts what there is', async () => {
    const text = '[{"a": 1, "b": null}, {"a": "x", "c": {"d": [true]}}, 3]';

    expect(await check(text)).toMatchObject({
      root: 'array',
      documents: 1,
      depth: 4,
      counts: { object: 3, array: 2, string: 1, number: 2, boolean: 1, null: 1 },
      duplicateKeys: 0,
      members: [
        { name: 'a', types: ['number', 'string'], count: 2 },
        { name: 'b', types: ['null'], count: 1 },
        { name: 'c', types: ['object'], count: 1 },
      ],
    });
  });

  it('finds keys that are there twice, however they are written', async () => {
    expect(await check('{"a":1,"\\u0061":2,"b":{"a":3},"a":4}')).toMatchObject({
      duplicateKeys: 2,
    });
    expect(await check('{"__proto__":1,"__proto__":2}')).toMatchObject({ duplicateKeys: 1 });
  });

  it.each([
    ['', 'Line 1, column 1: the document ends too early.'],
    ['{"a": 1,\n "b" 2}', 'Line 2, column 6: a colon was expected.'],
    ['[1,]', 'Line 1, column 4: a value was expected.'],
    ['[1}', 'Line 1, column 3: the brackets do not match.'],
    ['{"a\nb":1}', 'Line 1, column 4: a control character stands within a string.'],
    ['[01]', 'Line 1, column 3: this is no number.'],
    ['{} {}', 'Line 1, column 4: something follows the end of the value.'],
    ['"\\x"', 'Line 1, column 3: this escape does not exist.'],
  ])('says where %j is wrong', async (text, where) => {
    await expect(check(text)).rejects.toMatchObject({ code: 'corrupt' });
    await expect(check(text)).rejects.toThrow(where);
  });

  it('reads one value per line', async () => {
    const lines = { type: 'application/x-ndjson' };

    expect(await check('{"a":1}\n\n[2]\r\n3', lines)).toMatchObject({ documents: 3 });
    await expect(check('{"a":\n1}', lines)).rejects.toMatchObject({ code: 'corrupt' });
    await expect(check('{} {}', lines)).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('D15: stops at the budget of nesting, without recursion', async () => {
    await expect(check('['.repeat(1_000_000))).rejects.toMatchObject({ code: 'over_budget' });
  });

  it('agrees with JSON.parse on what is valid, however it is cut', () => {
    const broken = fc.array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"a"',
        '"',
        '1',
        '-',
        '0',
        '.5',
        'e3',
        'true',
        'null',
        ' ',
        '\\',
        'u0041',
      ),
      { maxLength: 12 },
    );

    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          broken.map((parts) => parts.join('')),
        ),
        fc.integer({ min: 1, max: 9 }),
        (text, size) => {
          expect(isValid(text, size), text).toBe(parses(text));
        },
      ),
      { seed: 7, numRuns: 2_000 },
    );
  });
});
