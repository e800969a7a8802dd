import { describe, expect, it } from 'vitest';
import { downloadName, downloadType, safeFileName } from '../../../shared/domain/download.ts';

const bytes = (text: string): number => new TextEncoder().encode(text).length;

describe('the name of a download', () => {
  it.each([
    ['report.csv', 'report.csv.table.json'],
    ['Größe "1" 50%.csv', 'Größe "1" 50%.csv.table.json'],
    ['../../etc/passwd', '__.._etc_passwd.table.json'],
    ['.bashrc', '_bashrc.table.json'],
    ['--help', '_help.table.json'],
    ['C:\\a\\b', 'C:_a_b.table.json'],
    ['a\r\nSet-Cookie: b', 'a__Set-Cookie: b.table.json'],
    ['a\u0000b\u2028c', 'a_b_c.table.json'],
    ['cod\u202egnp.exe', 'cod_gnp.exe.table.json'],
    ['😀', '😀.table.json'],
    ['\ud800', '_.table.json'],
    ['  ', 'download.table.json'],
    ['', 'download.table.json'],
  ])('E11: of %j is %j', (uploaded, name) => {
    expect(downloadName(uploaded, 'table.json')).toBe(name);
  });

  it.each(['a'.repeat(300), '😀'.repeat(300), `${'ü'.repeat(200)}.csv`])(
    'E11: keeps its end and fits a file system, however long the user’s is',
    (uploaded) => {
      const name = downloadName(uploaded, 'thumbnail.webp');

      expect(name).toMatch(/\.thumbnail\.webp$/);
      expect(name).toBe(safeFileName(name));
      expect([...name].length).toBeLessThanOrEqual(200);
      expect(bytes(name)).toBeLessThanOrEqual(240);
      expect(Buffer.from(name).toString()).toBe(name);
    },
  );
});

describe('the type of a download', () => {
  it.each(['image/webp', 'text/plain', 'text/csv; charset=utf-8', 'application/x-ndjson'])(
    '%s stays what it is',
    (type) => {
      expect(downloadType(type)).toBe(type);
    },
  );

  it.each([
    'text/html',
    'image/svg+xml',
    'application/xhtml+xml',
    'text/xml',
    'application/pdf',
    'text/javascript',
    'text/plain, text/html',
    'IMAGE/SVG+XML',
    'text/plain\r\nx: y',
    '',
  ])('E19: %j, which may run something, is sent as plain bytes', (type) => {
    expect(downloadType(type)).toBe('application/octet-stream');
  });
});
