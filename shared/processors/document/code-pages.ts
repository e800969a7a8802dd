/** Text in the code pages of Windows, as old documents name them: by a number, or by the character set of a font. */
import { TextDecoder } from 'node:util';

const WESTERN = 1252;
/** WHATWG labels by the number of the code page. */
const LABELS: Readonly<Record<number, string>> = {
  866: 'ibm866',
  874: 'windows-874',
  932: 'shift_jis',
  936: 'gbk',
  949: 'euc-kr',
  950: 'big5',
  1200: 'utf-16le',
  1250: 'windows-1250',
  1251: 'windows-1251',
  1253: 'windows-1253',
  1254: 'windows-1254',
  1255: 'windows-1255',
  1256: 'windows-1256',
  1257: 'windows-1257',
  1258: 'windows-1258',
  10000: 'macintosh',
  65001: 'utf-8',
};

/** Code pages by the character set of a font (`fcharset`, LOGFONT); 0 and 1 say nothing. */
const BY_CHARSET: Readonly<Record<number, number>> = {
  77: 10_000,
  128: 932,
  129: 949,
  134: 936,
  136: 950,
  161: 1253,
  162: 1254,
  163: 1258,
  177: 1255,
  178: 1256,
  186: 1257,
  204: 1251,
  222: 874,
  238: 1250,
};

/** One for each code page that was met: there are no more of them than of labels, and one for all else. */
const decoders = new Map<string, TextDecoder>();

/** The text of these bytes; a code page that nobody knows is read as the Western one. */
const decodeCodePage = (codePage: number, bytes: Uint8Array): string => {
  const label = LABELS[codePage] ?? `windows-${WESTERN}`;
  const decoder = decoders.get(label) ?? new TextDecoder(label);
  decoders.set(label, decoder);
  return decoder.decode(bytes);
};

export interface FontDecoder {
  setDefault(codePage: number): void;
  setCharset(font: number, charset: number): void;
  decode(font: number, bytes: Uint8Array): string;
}

/** Decodes text by the font that it is set in. */
export const createFontDecoder = (): FontDecoder => {
  const fonts = new Map<number, number>();
  let byDefault = WESTERN;
  return {
    setDefault(codePage) {
      byDefault = LABELS[codePage] === undefined ? WESTERN : codePage;
    },
    setCharset(font, charset) {
      const codePage = BY_CHARSET[charset];
      if (codePage !== undefined && fonts.size < 65_536) fonts.set(font, codePage);
    },
    decode: (font, bytes) => decodeCodePage(fonts.get(font) ?? byDefault, bytes),
  };
};
