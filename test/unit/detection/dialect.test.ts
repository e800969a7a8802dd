import { describe, expect, it } from 'vitest';
import { sniffDialect } from '../../../shared/detection/dialect.ts';

const of = (text: string, isWhole = true) => sniffDialect(Buffer.from(text), isWhole);

describe('the delimiter of a table', () => {
  it.each([
    ['a,b\n1,2\n', ','],
    ['a;b\n1,5;2\n', ';'],
    ['a^b^c\n1^2^3\n', '^'],
    ['a~b\n1~2\n', '~'],
    ['a\x1fb\n1,5\x1f2\n3\x1f4\n', '\x1f'],
    ['a,b\n1^2,3\n4^5,6\n', ','],
  ])('of %j is %j', (text, delimiter) => {
    expect(of(text)).toMatchObject({ delimiter, columns: text.includes('^c') ? 3 : 2, start: 0 });
  });

  it('is no colon, which stands in times, unless the table says so itself', () => {
    expect(of('10:30\n11:45\n')).toBeUndefined();
    expect(of('sep=:\na:b\n1:2\n')).toMatchObject({ delimiter: ':', columns: 2, isDeclared: true });
  });

  it('is no rare sign that only some of the records have', () => {
    expect(of('a~b\nc\nd\ne\n')).toBeUndefined();
  });
});

describe('a first line that declares the delimiter', () => {
  it.each(['sep=;\r\n', 'SEP=;\n', '"sep=;"\n', 'sep=;\r'])('as %j is no record', (line) => {
    expect(of(`${line}a;b;c\n1;2;3\n`)).toEqual({
      delimiter: ';',
      columns: 3,
      records: 2,
      evenness: 1,
      endsLines: false,
      isDeclared: true,
      start: line.length,
      remarks: 1,
    });
  });

  it('counts although another one would split better, and without any record behind it', () => {
    expect(of('sep=;\na,b;c,d\n1,5;2,5\n')).toMatchObject({ delimiter: ';', columns: 2 });
    expect(of('sep=;')).toMatchObject({ delimiter: ';', records: 0, start: 5 });
  });

  it('is a record when it names what parts no fields', () => {
    expect(of('sep=ab,c\n1,2\n')).toMatchObject({ delimiter: ',', start: 0, remarks: 0 });
    expect(of('sep=x\na,b\n1,2\n3,4\n')).toMatchObject({ isDeclared: false, remarks: 0 });
  });
});

describe('lines in front that begin with #', () => {
  it('are remarks up to the first that is as wide as the table: that is its header', () => {
    const text = '# made on Monday, late\n##more\n#id\tname\tage\n1\ta\t2\n2\tb\t3\n';

    expect(of(text)).toMatchObject({
      delimiter: '\t',
      columns: 3,
      records: 2,
      remarks: 2,
      start: text.indexOf('#id'),
    });
  });

  it('are remarks when none of them is', () => {
    const text = '# a\r\n# b, c, "d\r\nid,name\r\n1,x\r\n';

    expect(of(text)).toMatchObject({ remarks: 2, start: text.indexOf('id'), columns: 2 });
  });

  it('are records of a table of one column, and where nothing else follows', () => {
    expect(of('#one\n#two\nthree\n')).toBeUndefined();
    expect(of('#a,b\n#c,d\n')).toMatchObject({ remarks: 0, records: 2, start: 0 });
  });
});
