import { describe, expect, it } from 'vitest';
import { xmlCheck } from '../../../shared/processors/xml-check.ts';
import { processorInput } from '../../support/processor-input.ts';

const check = (text: string): Promise<unknown> =>
  xmlCheck.run(processorInput(xmlCheck, Buffer.from(text), { type: 'application/xml' }).input);

describe('xml-check', () => {
  it('counts what there is', async () => {
    expect(await check('<a xmlns="urn:a" x="1"><b/><b><c y="2"/></b></a>')).toEqual({
      encoding: 'utf-8',
      root: 'a',
      namespace: 'urn:a',
      elements: 4,
      attributes: 3,
      depth: 3,
      doctype: false,
      scripts: 0,
      outsideReferences: 0,
    });
  });

  it.each([
    ['<svg onload="x()"/>', 1, 0],
    ['<svg><script>x()</script></svg>', 1, 0],
    ['<svg xmlns:l="urn:l"><a l:href=" JavaScript:x()"/></svg>', 1, 0],
    ['<svg><image href="https://example.com/a.png"/></svg>', 0, 1],
    ['<svg><image href="//example.com/a.png"/></svg>', 0, 1],
    ['<svg><image href="file:///etc/passwd"/></svg>', 0, 1],
    ['<svg><a href="java&#9;script:x()"/></svg>', 1, 0],
    ['<svg><use href="#here"/></svg>', 0, 0],
  ])('finds what runs or reaches out in %s', async (text, scripts, outsideReferences) => {
    expect(await check(text)).toMatchObject({ scripts, outsideReferences });
  });

  it.each(['', 'text', '<a>', '<a></b>', '<a b=c/>', '<a/><b/>', '<a>&unknown;</a>'])(
    'calls %j corrupt',
    async (text) => {
      await expect(check(text)).rejects.toMatchObject({ code: 'corrupt' });
    },
  );

  it('holds the declared width of its characters against the bytes', async () => {
    const declared = '<?xml version="1.0" encoding="UTF-16"?><a/>';
    const wide = Buffer.from(`\ufeff${declared}`, 'utf16le');
    const run = (bytes: Buffer) =>
      xmlCheck.run(processorInput(xmlCheck, bytes, { type: 'application/xml' }).input);

    await expect(check(declared)).rejects.toMatchObject({ code: 'corrupt' });
    expect(await run(wide)).toMatchObject({ encoding: 'utf-16le', root: 'a' });
    expect(await check('<?xml version="1.0" encoding="ISO-8859-1"?><a/>')).toMatchObject({
      root: 'a',
    });
  });

  it('takes bytes that are no UTF-8 only in the encoding that is declared', async () => {
    const run = (text: string) =>
      xmlCheck.run(
        processorInput(xmlCheck, Buffer.from(text, 'latin1'), { type: 'application/xml' }).input,
      );

    await expect(run('<a>z\xfcrich</a>')).rejects.toMatchObject({ code: 'corrupt' });
    await expect(
      run('<?xml version="1.0" encoding="UTF-8"?><a>z\xfcrich</a>'),
    ).rejects.toMatchObject({ code: 'corrupt' });
    expect(await run('<?xml version="1.0" encoding="iso-8859-1"?><a>z\xfcrich</a>')).toMatchObject({
      encoding: 'windows-1252',
    });
  });

  it('says where the mistake is', async () => {
    await expect(check('<a>\n  <b></c>\n</a>')).rejects.toThrow('Line 2');
  });

  it.each([
    '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
    '<!DOCTYPE a SYSTEM "a.dtd" [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
  ])('refuses entities of its own: %s', async (text) => {
    await expect(check(text)).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('D9: lets an external DTD through, as drawings name one, and takes nothing from it', async () => {
    expect(await check('<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>')).toMatchObject({
      doctype: true,
    });
    await expect(
      check('<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a>&x;</a>'),
    ).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('stops at the budget of nesting', async () => {
    await expect(check('<a>'.repeat(100_000))).rejects.toMatchObject({ code: 'over_budget' });
  });
});
