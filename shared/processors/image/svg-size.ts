/** The size at which a drawing wants to be shown, from its root element alone. Nothing is drawn. */
import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { NonRetryableError } from '../../domain/errors.ts';
import type { ProcessorInput } from '../processor.ts';
import { sniffedText } from '../reading/sniffed-text.ts';

export interface DrawnSize {
  readonly width: number;
  readonly height: number;
}

/** Pixels per unit, as CSS has them: 96 to the inch. */
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  px: 1,
  pt: 96 / 72,
  pc: 16,
  in: 96,
  cm: 96 / 2.54,
  mm: 96 / 25.4,
  q: 96 / 101.6,
  em: 16,
  rem: 16,
  ex: 8,
};

/** Larger than any canvas. */
const LARGEST = 1e9;

/** What it starts with must be markup; a prolog is not longer than this. */
const MOST_PROLOG = 1024 ** 2;

const lengthOf = (value: string | undefined): number | undefined => {
  const [, amount, unit = ''] =
    /^\+?((?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d{1,3})?|\d+\.)\s*([a-z]*)$/i.exec(
      value?.trim() ?? '',
    ) ?? [];
  const scale = UNITS[unit.toLowerCase()];
  if (amount === undefined || scale === undefined) return undefined;
  const pixels = Number(amount) * scale;
  return pixels > 0 && pixels < LARGEST ? pixels : undefined;
};

const viewBoxOf = (value: string | undefined): DrawnSize | undefined => {
  const [, , width = 0, height = 0] = (value ?? '')
    .trim()
    .split(/[\s,]+/)
    .map(Number);
  const isSize = width > 0 && height > 0 && width < LARGEST && height < LARGEST;
  return isSize ? { width, height } : undefined;
};

const rounded = (width: number, height: number): DrawnSize => ({
  width: Math.max(1, Math.round(width)),
  height: Math.max(1, Math.round(height)),
});

/** Width and height, one of them and the shape of the view box, or the view box; else nothing is said. */
export const sizeOf = ({ attributes }: SaxesTagPlain): DrawnSize | undefined => {
  const width = lengthOf(attributes.width);
  const height = lengthOf(attributes.height);
  const box = viewBoxOf(attributes.viewBox);
  if (width !== undefined && height !== undefined) return rounded(width, height);
  if (box === undefined) return undefined;
  if (width !== undefined) return rounded(width, (width * box.height) / box.width);
  if (height !== undefined) return rounded((height * box.width) / box.height, height);
  return rounded(box.width, box.height);
};

/** @throws NonRetryableError `corrupt` when it is not well-formed up to its root element. */
export const svgSize = async (input: ProcessorInput): Promise<DrawnSize | undefined> => {
  const parser = new SaxesParser({ xmlns: false });
  let root: SaxesTagPlain | undefined;
  parser.on('error', (cause) => {
    if (root !== undefined) return;
    throw new NonRetryableError('corrupt', { detail: 'It is not well-formed.', cause });
  });
  parser.on('opentag', (tag) => {
    root ??= tag;
  });
  let seen = 0;
  for await (const piece of sniffedText(input).pieces()) {
    parser.write(piece);
    seen += piece.length;
    if (root !== undefined) return sizeOf(root);
    if (seen > MOST_PROLOG) break;
  }
  throw new NonRetryableError('corrupt', { detail: 'It has no root element.' });
};
