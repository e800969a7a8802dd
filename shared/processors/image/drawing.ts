/** Checks an SVG from end to end before the decoder draws it: what is drawn is the very text that was checked. */
import { SaxesParser } from 'saxes';
import { NonRetryableError } from '../../domain/errors.ts';
import type { ProcessorInput } from '../processor.ts';
import { sniffedText } from '../reading/sniffed-text.ts';
import { type DrawnSize, sizeOf } from './svg-size.ts';

export interface Drawing {
  /** UTF-8 without a declaration, so that no reader takes it for another encoding. */
  readonly bytes: Buffer;
  /** What it wants to be shown at; undefined when it does not say. */
  readonly size: DrawnSize | undefined;
}

const MiB = 1024 ** 2;
/** The text is held in memory a few times over; drawings by hand or by tools are a hundred times smaller. */
const MOST_BYTES = 16 * MiB;

/** A hundred times what a rich drawing takes; references to references can make a few lines draw for ever. */
export const DRAWING_SECONDS = 10;

const DECLARATION = /^\s*<\?xml\s[^>]*\?>/;

const createParser = (
  { budget }: ProcessorInput,
  onSize: (size: DrawnSize | undefined) => void,
) => {
  const parser = new SaxesParser({ xmlns: false });
  let depth = 0;
  parser.on('error', (cause) => {
    const detail = `Line ${parser.line}, column ${parser.column}: it is not well-formed.`;
    throw new NonRetryableError('corrupt', { detail, cause });
  });
  parser.on('doctype', (doctype) => {
    // Entities are how a few bytes become gigabytes, or another file.
    if (!doctype.includes('[')) return;
    throw new NonRetryableError('unsupported', {
      detail: 'It declares entities or other markup of its own.',
    });
  });
  parser.on('opentag', (tag) => {
    if (depth === 0) onSize(sizeOf(tag));
    depth += 1;
    budget.reach('nesting', depth);
    budget.spend('entries', 1);
  });
  parser.on('closetag', () => {
    depth -= 1;
  });
  return parser;
};

/** @throws NonRetryableError `corrupt`, `unsupported` for markup declared inside, `over_budget`; the reason of the stop. */
export const readDrawing = async (input: ProcessorInput): Promise<Drawing> => {
  if (input.source.size > MOST_BYTES) {
    throw new NonRetryableError('over_budget', {
      detail: `The limit of a drawing is ${MOST_BYTES} bytes.`,
    });
  }
  let size: DrawnSize | undefined;
  const parser = createParser(input, (found) => {
    size = found;
  });
  const kept: string[] = [];
  for await (const piece of sniffedText(input).pieces()) {
    parser.write(piece);
    kept.push(piece);
  }
  parser.close();
  return { bytes: Buffer.from(kept.join('').replace(DECLARATION, '')), size };
};
