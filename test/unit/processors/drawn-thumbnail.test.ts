/** What image-thumbnail makes of drawings: programs that must not reach out, run or draw for ever. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { imageThumbnail } from '../../../shared/processors/image-thumbnail.ts';
import { type InputOptions, processorInput } from '../../support/processor-input.ts';

const draw = async (svg: string | Buffer, options?: InputOptions) => {
  const { input, files } = processorInput(imageThumbnail, Buffer.from(svg), {
    type: 'image/svg+xml',
    ...options,
  });
  return { result: await imageThumbnail.run(input), files };
};

const svg = (content: string, attributes = 'width="40" height="20"'): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ${attributes}>${content}</svg>`;

const GREEN = '<rect width="40" height="20" fill="#00ff00"/>';

describe('image-thumbnail of a drawing', () => {
  it('draws it as large as a thumbnail is, and tells the size it asks for', async () => {
    const { result, files } = await draw(svg(GREEN));

    expect(result).toMatchObject({
      format: 'svg',
      width: 40,
      height: 20,
      frames: 1,
      thumbnails: [
        { name: 'thumbnail-256.webp', width: 256, height: 128 },
        { name: 'thumbnail-1024.webp', width: 1024, height: 512 },
      ],
      dominant: '#00ff00',
    });
    expect([...files.keys()]).toEqual(['thumbnail-256.webp', 'thumbnail-1024.webp']);
  });

  it('says null for the size of a drawing that asks for none', async () => {
    expect((await draw(svg(GREEN, ''))).result).toMatchObject({ width: null, height: null });
  });

  it('draws what is in other encodings too', async () => {
    const text = `<?xml version="1.0" encoding="UTF-16"?>${svg(GREEN)}`;
    const wide = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);

    expect((await draw(wide)).result).toMatchObject({ dominant: '#00ff00' });
  });

  it('D10: opens no file and no connection, runs no script, and leaves no address in the picture', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'drawing-'));
    const secret = join(folder, 'secret.png');
    const blue = sharp({ create: { width: 40, height: 20, channels: 3, background: 'blue' } });
    await writeFile(secret, await blue.png().toBuffer());
    await writeFile(join(folder, 'secret.svg'), svg('<rect id="a" width="40" height="20"/>'));
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const shown = 'width="40" height="20"';
    const { href } = pathToFileURL(secret);
    const drawing = `<?xml-stylesheet href="${origin}/style.css" type="text/css"?>
      ${svg(`<script href="${origin}/a.js">fetch('${origin}/run')</script>
      <style>@import url(${origin}/b.css); rect { fill: url(${origin}/c.svg#p) #00ff00 }</style>
      ${GREEN}
      <image ${shown} xlink:href="${secret}"/><image ${shown} href="${href}"/>
      <image ${shown} href="${origin}/d.png"/><use href="${origin}/e.svg#a"/>
      <use href="${pathToFileURL(join(folder, 'secret.svg')).href}#a"/>
      <foreignObject ${shown}><iframe xmlns="http://www.w3.org/1999/xhtml" src="${origin}/f"/></foreignObject>`)}`;

    const { result, files } = await draw(drawing);

    server.close();
    await rm(folder, { recursive: true });
    expect(result).toMatchObject({ dominant: '#00ff00' });
    expect(asked).toEqual([]);
    for (const { bytes } of files.values()) expect(bytes.includes('127.0.0.1')).toBe(false);
  });

  it('D9: refuses entities, whatever the encoding is said to be', async () => {
    const laughs = `<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>${svg('<text>&b;</text>')}`;
    const outside = `<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>${svg('<text>&a;</text>')}`;

    for (const text of [laughs, outside, `<?xml version="1.0" encoding="UTF-7"?>${laughs}`]) {
      await expect(draw(text)).rejects.toMatchObject({ code: 'unsupported' });
    }
    expect(
      await draw(`<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd">${svg(GREEN)}`),
    ).toMatchObject({ result: { dominant: '#00ff00' } });
  });

  it('D10: gives up on references to references, nesting and masses of elements', async () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const uses = `<use href="#l${level}"/>`.repeat(10);
      return `<g id="l${level + 1}">${uses}</g>`;
    });
    const laughs = svg(
      `<defs><g id="l0"><path d="M0 0h9v9z"/></g>${levels.join('')}</defs><use href="#l12"/>`,
    );
    const loop = svg('<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>');
    const tall = svg(`${'<g>'.repeat(400)}${'</g>'.repeat(400)}`);

    await expect(draw(laughs, { budget: { wallSeconds: 1 } })).rejects.toMatchObject({
      code: 'over_budget',
    });
    expect(await draw(loop)).toMatchObject({ result: { dominant: null } });
    await expect(draw(tall)).rejects.toMatchObject({ code: 'over_budget' });
    await expect(draw(svg('<g/>'.repeat(50)), { budget: { entries: 50 } })).rejects.toMatchObject({
      code: 'over_budget',
    });
  });

  it('refuses a canvas of more pixels than the budget, and text without end', async () => {
    await expect(draw(svg(GREEN, 'width="900000" height="900000"'))).rejects.toMatchObject({
      code: 'over_budget',
    });
    await expect(draw('', { size: 17 * 1024 ** 2 })).rejects.toMatchObject({ code: 'over_budget' });
  });

  it('D16: draws nothing that only claims to be a drawing', async () => {
    const png = await sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } })
      .png()
      .toBuffer();

    await expect(draw(png)).rejects.toMatchObject({ code: 'corrupt' });
    await expect(draw('<html><body/></html>')).rejects.toMatchObject({ code: 'unsupported' });
  });
});
