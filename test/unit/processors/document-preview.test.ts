import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { documentPreview } from '../../../shared/processors/document-preview.ts';
import { documentText } from '../../../shared/processors/document-text.ts';
import { pdf } from '../../support/documents.ts';
import { type InputOptions, processorInput } from '../../support/processor-input.ts';

const preview = async (bytes: Buffer, options?: InputOptions) => {
  const { input, files } = processorInput(documentPreview, bytes, {
    type: 'application/pdf',
    ...options,
  });
  return { result: await documentPreview.run(input), files };
};

/** The 200 by 100 points of a test page, in other words. */
const sized = (box: string, lines = ['A line']): Buffer =>
  Buffer.from(pdf(lines).toString('latin1').replaceAll('[0 0 200 100]', box), 'latin1');

/** Darkest and lightest value of the picture. */
const shades = async (bytes: Buffer): Promise<readonly number[]> => {
  const { channels } = await sharp(bytes).greyscale().stats();
  return [channels[0]?.min ?? -1, channels[0]?.max ?? -1];
};

describe('document-preview', () => {
  it('draws the first page, black on white', async () => {
    const { result, files } = await preview(pdf(['One', 'Two', 'Three']));

    expect(result).toMatchObject({ pages: 3, file: 'preview.webp', width: 800, height: 400 });
    const file = files.get('preview.webp')!;
    expect(file.contentType).toBe('image/webp');
    expect((result as { readonly bytes: number }).bytes).toBe(file.bytes.length);
    expect(await sharp(file.bytes).metadata()).toMatchObject({ width: 800, height: 400 });
    const [dark = 255, light = 0] = await shades(file.bytes);
    expect(dark).toBeLessThan(60);
    expect(light).toBeGreaterThan(245);
  });

  it('draws another first page differently', async () => {
    const [one, other] = [await preview(pdf(['One'])), await preview(pdf(['Another']))];

    expect(one.files.get('preview.webp')!.bytes).not.toEqual(
      other.files.get('preview.webp')!.bytes,
    );
  });

  it.each([
    ['[0 0 5000 2500]', 1024, 512],
    ['[0 0 30 20]', 120, 80],
    ['[0 0 14400 1]', 1024, 1],
  ])('bounds a page of %s', async (box, width, height) => {
    expect((await preview(sized(box))).result).toMatchObject({ width, height });
  });

  it('D7: says corrupt where there is no page that can be drawn, and goes on', async () => {
    for (const bytes of [pdf([]), Buffer.from('%PDF-1.7\nnothing'), sized('[0 0 0 0]')]) {
      const failure = await preview(bytes).catch((error: unknown) => error);
      // A page without a size gets that of a letter from some readers.
      if (failure instanceof Error) expect(failure).toMatchObject({ code: 'corrupt' });
    }
    expect((await preview(pdf(['One']))).result).toMatchObject({ pages: 1 });
  });

  it('D8: says encrypted when a password is needed', async () => {
    const locked = pdf(['One'], {
      trailer:
        '/Encrypt<</Filter/Standard/V 1/R 2/O<00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff>/U<00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff>/P -4>>/ID[<00><00>]',
    });

    await expect(preview(locked)).rejects.toMatchObject({ code: 'encrypted' });
  });

  it('draws no more pixels than it may', async () => {
    await expect(preview(pdf(['One']), { budget: { pixels: 1_000 } })).rejects.toMatchObject({
      code: 'over_budget',
    });
  });

  it('takes turns with the reader of the text', async () => {
    const bytes = pdf(['One', 'Two']);
    const { input } = processorInput(documentText, bytes, { type: 'application/pdf' });

    const [text, drawn] = await Promise.all([documentText.run(input), preview(bytes)]);

    expect(text).toMatchObject({ pages: 2, characters: 6 });
    expect(drawn.result).toMatchObject({ pages: 2 });
  });
});
