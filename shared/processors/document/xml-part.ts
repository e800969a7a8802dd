/** Walks through the XML of a part without building anything of it. */
import { TextDecoder } from 'node:util';
import { SaxesParser } from 'saxes';
import { NonRetryableError, PipelineError } from '../../domain/errors.ts';
import type { OfficePackage } from './package.ts';

/** Names come without their prefix: producers choose prefixes freely. */
export interface XmlVisitor {
  readonly opened?: (name: string, attributes: Readonly<Record<string, string>>) => void;
  readonly text?: (text: string) => void;
  readonly closed?: (name: string) => void;
  /** Work that may take long, between two pieces of the part and behind the last. */
  readonly between?: () => Promise<void>;
  /** Whether it has seen enough; asked between two pieces. */
  readonly isDone?: () => boolean;
}

export interface XmlDialect {
  /**
   * Takes a document type that is only named. Nobody fetches it: entities that it may define stand for themselves, but for those
   * that are given here.
   */
  readonly entities: Readonly<Record<string, string>>;
}

const MOST_NESTING = 512;
/** Characters between two tags: the parser holds them in one piece. */
const MOST_BETWEEN = 16 * 1024 ** 2;

const local = (name: string): string => name.slice(name.indexOf(':') + 1);

/** `id` and `r:id` may both be there: the one with a prefix is the reference, and wins. */
const withoutPrefixes = (attributes: Readonly<Record<string, string>>) => {
  const entries = Object.entries(attributes);
  const prefixed = entries.filter(([name]) => name.includes(':'));
  return Object.fromEntries([
    ...entries,
    ...prefixed.map(([name, value]) => [local(name), value] as const),
  ]);
};

/** Parts are UTF-8, or UTF-16 with a mark. */
const labelOf = ([first, second]: Uint8Array): string => {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
};

const createParser = (
  { opened, text, closed }: XmlVisitor,
  onTag: () => void,
  dialect: XmlDialect | undefined,
) => {
  const parser = new SaxesParser({ xmlns: false });
  Object.assign(parser.ENTITIES, dialect?.entities);
  let depth = 0;
  parser.on('error', (cause) => {
    if (dialect !== undefined && cause.message.endsWith('undefined entity.')) return;
    throw new NonRetryableError('corrupt', { detail: 'A part is not well-formed.', cause });
  });
  parser.on('doctype', (doctype) => {
    if (dialect !== undefined && !doctype.includes('[')) return;
    throw new NonRetryableError('unsupported', { detail: 'A part declares markup of its own.' });
  });
  parser.on('opentag', (tag) => {
    depth += 1;
    onTag();
    if (depth > MOST_NESTING) {
      throw new NonRetryableError('over_budget', { detail: 'A part is nested too deeply.' });
    }
    opened?.(local(tag.name), withoutPrefixes(tag.attributes));
  });
  if (text !== undefined) parser.on('text', text);
  parser.on('closetag', (tag) => {
    depth -= 1;
    onTag();
    closed?.(local(tag.name));
  });
  return parser;
};

/** @throws NonRetryableError `corrupt` when it is not well-formed, `unsupported` for a document type. */
export const walkPart = async (
  office: OfficePackage,
  name: string,
  visitor: XmlVisitor,
  dialect?: XmlDialect,
): Promise<void> => {
  let between = 0;
  const onTag = (): void => {
    between = 0;
  };
  const parser = createParser(visitor, onTag, dialect);
  let decoder: TextDecoder | undefined;
  try {
    for await (const chunk of office.open(name)) {
      decoder ??= new TextDecoder(labelOf(chunk), { fatal: true });
      between += chunk.length;
      parser.write(decoder.decode(chunk, { stream: true }));
      if (between > MOST_BETWEEN) {
        throw new NonRetryableError('over_budget', { detail: 'A part holds too long a text.' });
      }
      await visitor.between?.();
      if (visitor.isDone?.() === true) return;
    }
    parser.write(decoder?.decode() ?? '').close();
    await visitor.between?.();
  } catch (error) {
    if (error instanceof PipelineError || !(error instanceof TypeError)) throw error;
    throw new NonRetryableError('corrupt', { detail: 'A part is not text.', cause: error });
  }
};
