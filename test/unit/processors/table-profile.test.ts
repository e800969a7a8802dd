import { describe, expect, it } from 'vitest';
import { NonRetryableError } from '../../../shared/domain/errors.ts';
import type { TableProfile } from '../../../shared/processors/table/profile.ts';
import { tableProfile } from '../../../shared/processors/table-profile.ts';
import { type InputOptions, processorInput } from '../../support/processor-input.ts';

type Result = TableProfile & {
  readonly encoding: string;
  readonly delimiter: string;
  readonly file: string | null;
};

const profile = async (text: string | Buffer, options?: InputOptions) => {
  const { input, files } = processorInput(tableProfile, Buffer.from(text as string), options);
  return { ...((await tableProfile.run(input)) as Result), files };
};

describe('the type of a column', () => {
  it.each([
    ['integer', ['1', '-2', '+3', ' 4 ', '0']],
    ['number', ['1', '2.5', '.5', '-1e3', '12345678901234567890.5']],
    ['boolean', ['true', 'FALSE', 'True']],
    ['date', ['2024-02-29', '1999-12-31']],
    ['datetime', ['2024-02-29', '2024-02-29T10:00', '2024-02-29 10:00:59.123+02:00']],
    ['text', ['1', 'x']],
    ['text', ['007', '008']],
    ['text', ['1.2.3', '2.3.4']],
    ['text', ['-', '+', '.']],
    ['text', ['1', '1e999']],
    ['text', ['2024-13-01', '2024-02-01']],
    ['empty', ['', ' ']],
  ])('is %s for %j', async (type, values) => {
    const { columnProfiles } = await profile(
      `name,x\n${values.map((value) => `n,${value}`).join('\n')}\n`,
    );

    expect(columnProfiles[1]).toMatchObject({ name: 'x', type });
  });
});

describe('table-profile', () => {
  it('knows the extremes, the nulls and examples of a column', async () => {
    const { columnProfiles } = await profile(
      'id,city\n10,Rome\n9,\n-3.5,Berlin\n,Paris\n2,Berlin\n',
    );

    expect(columnProfiles).toEqual([
      {
        name: 'id',
        type: 'number',
        nulls: 1,
        min: -3.5,
        max: 10,
        distinct: 4,
        examples: ['10', '9', '-3.5'],
        histogram: [1, 0, 0, 0, 1, 0, 0, 0, 0, 2],
      },
      {
        name: 'city',
        type: 'text',
        nulls: 1,
        min: 'Berlin',
        max: 'Rome',
        distinct: 3,
        examples: ['Rome', 'Berlin', 'Paris'],
        top: [{ value: 'Berlin', count: 2 }],
      },
    ]);
  });

  it('begins behind the line that names the delimiter, and behind remarks, in any encoding', async () => {
    const texts = [
      ['sep=;\r\na;b\r\n1,5;x\r\n', 1],
      ['# exported at noon\n# by hand\na;b\n1,5;x\n', 2],
    ] as const;
    for (const [text, remarks] of texts) {
      for (const bytes of [Buffer.from(text), Buffer.from(`\ufeff${text}`, 'utf16le')]) {
        const found = await profile(bytes);

        expect(found).toMatchObject({ delimiter: ';', remarks, records: 2, rows: 1, ragged: 0 });
        expect(found.columnProfiles.map(({ name }) => name)).toEqual(['a', 'b']);
      }
    }
  });

  it('tells how dates spread, in ten bins of the same width', async () => {
    const days = ['2024-01-01', '2024-01-02', '2024-01-31', '2024-01-31', ''];
    const { columnProfiles } = await profile(`day,x\n${days.map((day) => `${day},x\n`).join('')}`);

    expect(columnProfiles[0]).toMatchObject({
      type: 'date',
      min: '2024-01-01',
      max: '2024-01-31',
      histogram: [2, 0, 0, 0, 0, 0, 0, 0, 0, 2],
    });
  });

  it('puts numbers whose distance no number holds into bins', async () => {
    const { columnProfiles } = await profile('n,x\n-1e308,x\n1e308,x\n0,x\n');

    expect(columnProfiles[0]).toMatchObject({ histogram: [1, 0, 0, 0, 0, 1, 0, 0, 0, 1] });
  });

  it('counts in a sample of a large table, and says how large that is', async () => {
    const rows = Array.from(
      { length: 40_000 },
      (_, row) => `${row},${row % 4 === 0 ? 'a' : 'b'}\n`,
    );
    const { sampled, columnProfiles } = await profile(`id,kind\n${rows.join('')}`);
    const [id, kind] = columnProfiles;

    expect(sampled).toBe(1_024);
    expect(id?.histogram?.reduce((sum, count) => sum + count, 0)).toBe(1_024);
    expect(kind?.top?.map(({ value }) => value)).toEqual(['b', 'a']);
    // Four standard errors of a share of three quarters.
    expect(Math.abs((kind?.top?.[0]?.count ?? 0) - 768)).toBeLessThan(56);
  });

  it('takes a first record that is no header into the sample', async () => {
    const { sampled, columnProfiles } = await profile('1,a\n2,a\n3,b\n');

    expect(sampled).toBe(3);
    expect(columnProfiles[1]).toMatchObject({ top: [{ value: 'a', count: 2 }] });
  });

  it('keeps the sample of a wide table small', async () => {
    const { sampled } = await profile(
      `${'a,'.repeat(999)}a\n${`${'1,'.repeat(999)}1\n`.repeat(200)}`,
    );

    expect(sampled).toBe(65);
  });

  it('compares text that starts alike to its end', async () => {
    const { columnProfiles } = await profile('a,b\nabcd2,x\nabcd10,x\nabcd3,x\nabcd,x\n');

    expect(columnProfiles[0]).toMatchObject({ min: 'abcd', max: 'abcd3' });
  });

  it('keeps the extremes of numbers that turn out to be text', async () => {
    const { columnProfiles } = await profile('a,b\n5,x\n!,x\n9,x\n');

    expect(columnProfiles[0]).toMatchObject({ type: 'text', min: '!', max: '9' });
  });

  it('says that there is no header where the first record is like the others', async () => {
    const { header, records, rows, columnProfiles } = await profile('1,a,2\n2,b,3\n3,c,4\n');

    expect({ header, records, rows }).toEqual({ header: false, records: 3, rows: 3 });
    expect(columnProfiles[0]).toMatchObject({ name: null, type: 'integer', min: 1, max: 3 });
  });

  it('counts ragged records, and what short ones lack as nulls', async () => {
    const answer = await profile('a,b,c\n1,2,3\n1,2\n\n1,2,3,4\n1,2,3\n1,2,3\n');

    expect(answer).toMatchObject({
      records: 6,
      columns: 3,
      columnsMin: 2,
      columnsMax: 4,
      ragged: 2,
      raggedRecords: [3, 4],
      blankLines: 1,
    });
    expect(answer.columnProfiles.map(({ nulls }) => nulls)).toEqual([0, 0, 1, 4]);
  });

  it('reads a legacy encoding that shows only after the first window', async () => {
    const ascii = 'a,b\n'.repeat(20_000);
    const { encoding, columnProfiles } = await profile(
      Buffer.from(`id,x\n${ascii}a,z\xfcrich\n`, 'latin1'),
    );

    expect(encoding).toBe('windows-1252');
    expect(columnProfiles[1]?.max).toBe('zürich');
  });

  it('writes the columns that do not fit into a file, and all others too', async () => {
    const names = Array.from({ length: 500 }, (_, column) => `column ${column}`);
    const { file, files, columns, columnProfiles } = await profile(
      `${names.join(',')}\n${names.map(() => 1).join(',')}\n`,
    );

    const written = JSON.parse(String(files.get('profile.json')?.bytes)) as TableProfile;
    expect(file).toBe('profile.json');
    expect(columns).toBe(500);
    expect(columnProfiles.length).toBeLessThan(100);
    expect(written.columnProfiles.map(({ name }) => name)).toEqual(names);
    expect(columnProfiles[0]).not.toHaveProperty('histogram');
    expect(written.columnProfiles[0]).toHaveProperty('histogram');
  });

  it('stops at the budget of columns', async () => {
    const tooMany = profile(`${'x,'.repeat(16_384)}x\n`, { name: 'a.csv' });

    await expect(tooMany).rejects.toThrow(NonRetryableError);
    await expect(tooMany).rejects.toMatchObject({ code: 'over_budget' });
  });

  it('profiles what is there when a quote is never closed', async () => {
    const answer = await profile(`a,b\n1,2\n3,"${'x\n'.repeat(100_000)}`);

    expect(answer).toMatchObject({ records: 3, unclosedQuote: true });
  });

  it('counts NUL bytes', async () => {
    expect(await profile('a,b\n1,2\n')).toMatchObject({ nulBytes: 0 });
    expect(await profile('a,b\n1,x\0\n\0,y\n')).toMatchObject({ nulBytes: 2, records: 3 });
  });

  it('answers an empty table for an empty file', async () => {
    expect(await profile('')).toMatchObject({
      records: 0,
      rows: 0,
      columns: 0,
      columnProfiles: [],
      header: false,
    });
  });
});
