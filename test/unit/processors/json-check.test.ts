import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMembers, type MemberNode } from '../../../shared/processors/json/members.ts';
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
        { name: 'c.d', types: ['array'], count: 1 },
        { name: 'c.d[]', types: ['boolean'], count: 1 },
      ],
      membersCut: false,
    });
  });

  it('tells what is inside of records, and where these are themselves inside', async () => {
    const namesOf = async (value: unknown) =>
      ((await check(JSON.stringify(value))) as { members: { name: string }[] }).members.map(
        ({ name }) => name,
      );

    const page = {
      data: [
        { id: 1, at: { x: 1 } },
        { id: '2', 'a.b': [[0]] },
      ],
      next: null,
    };
    expect(await namesOf(page)).toEqual([
      ...['data', 'next', 'data[]', 'data[].id', 'data[].at', 'data[]."a.b"', 'data[].at.x'],
      ...['data[]."a.b"[]', 'data[]."a.b"[][]'],
    ]);
    expect(await check(JSON.stringify(page))).toMatchObject({
      members: expect.arrayContaining([
        { name: 'data[]', types: ['object'], count: 2 },
        { name: 'data[].id', types: ['number', 'string'], count: 2 },
      ]),
    });
    expect(await namesOf([1, 'x', null])).toEqual([]);
    expect(await namesOf([[1, { a: 2 }]])).toEqual(['[]', '[].a']);
  });

  it('tells the members of the records first, and that there are more', async () => {
    const wide = (count: number, value: unknown): Record<string, unknown> =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`key ${at}`, value]));
    const told = async (value: unknown) =>
      (await check(JSON.stringify(value))) as { members: { name: string }[]; membersCut: boolean };

    const nested = await told(wide(20, wide(20, wide(20, 1))));
    expect(nested.members).toHaveLength(24);
    expect(nested.members.slice(0, 20).every(({ name }) => !name.includes('.'))).toBe(true);
    expect(nested.membersCut).toBe(true);
    expect(await told(wide(24, 1))).toMatchObject({ membersCut: false });
    expect(await told(wide(25, 1))).toMatchObject({ membersCut: true });
    const long = await told(wide(24, { ['x'.repeat(64)]: { ['y'.repeat(64)]: 1 } }));
    expect(long.membersCut).toBe(true);
    const heavy = Object.fromEntries(
      Array.from({ length: 24 }, (_, at) => [`${at}${'\u0001'.repeat(60)}`, 1]),
    );
    expect(await told(heavy)).toMatchObject({ membersCut: true });
  });

  it('holds a bounded number of members, however deep they lie', () => {
    const members = createMembers();
    let [node, depth]: [MemberNode | undefined, number] = [members.record, 0];
    while (node !== undefined && depth < 10_000) {
      node = members.add(node, 'a', 'object');
      depth += 1;
    }

    expect(depth).toBeLessThan(1_000);
    expect(members.add(members.record, 'b', 'null')).toBeDefined();
  });

  it('is read in any encoding of Unicode, and no other', async () => {
    const wide = Buffer.from('\ufeff{"a":1}', 'utf16le');

    expect(await check('{"a":1}')).toMatchObject({ encoding: 'utf-8', bom: false });
    expect(await check(wide)).toMatchObject({ encoding: 'utf-16le', bom: true, root: 'object' });
    const latin = Buffer.from('{"a":"z\xfcrich"}', 'latin1');
    await expect(check(latin)).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('says when an object has more keys than are compared', async () => {
    const keys = (count: number): string =>
      `{${Array.from({ length: count }, (_, at) => `"${at}":0`).join()},"0":1}`;

    expect(await check(keys(9_999))).toMatchObject({ everyKeyChecked: true, duplicateKeys: 1 });
    expect(await check(keys(10_001))).toMatchObject({ everyKeyChecked: false, duplicateKeys: 1 });
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
    expect(await check('[{"a":1}]\n{"b":{"c":1}}', lines)).toMatchObject({
      members: [{ name: 'a' }],
    });
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
