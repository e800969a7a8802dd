/** Whether an XML or SVG file is well-formed, and whether anything in it runs or reaches out. */
import { SaxesParser, type SaxesTagPlain } from 'saxes';
import * as z from 'zod';
import { NonRetryableError } from '../domain/errors.ts';
import { defineProcessor, type ProcessorInput } from './processor.ts';
import { sniffedText } from './reading/sniffed-text.ts';

/** One comment or attribute is held at a time, so this bounds memory too. */
const MOST_BYTES = 64 * 1024 ** 2;
const NAME_LENGTH = 200;

const SCRIPT_ATTRIBUTE = /^on[a-z]+$/i;
const REFERENCE = /^(?:href|src|data|action)$/i;
const SCRIPT_ADDRESS = /^(?:javascript:|vbscript:|data:(?:text\/html|image\/svg|data:))/i;
const OUTSIDE_ADDRESS = /^(?:(?:[a-z][a-z0-9+.-]*:)?\/\/|file:)/i;

interface Findings {
  root: string;
  namespace: string | null;
  elements: number;
  attributes: number;
  depth: number;
  doctype: boolean;
  scripts: number;
  outsideReferences: number;
}

const createFindings = (): Findings => ({
  root: '',
  namespace: null,
  elements: 0,
  attributes: 0,
  depth: 0,
  doctype: false,
  scripts: 0,
  outsideReferences: 0,
});

const localOf = (name: string): string => name.slice(name.indexOf(':') + 1);

/** The namespace that a tag declares for itself, or null. */
const namespaceOf = ({ name, attributes }: SaxesTagPlain): string | null => {
  const prefix = name.includes(':') ? `:${name.slice(0, name.indexOf(':'))}` : '';
  return attributes[`xmlns${prefix}`]?.slice(0, NAME_LENGTH) ?? null;
};

const noteAttribute = (found: Findings, name: string, value: string): void => {
  found.attributes += 1;
  const local = localOf(name);
  // Browsers leave out white space in addresses, so it must not hide one.
  const address = REFERENCE.test(local) ? value.replace(/\s/g, '') : '';
  if (SCRIPT_ATTRIBUTE.test(local) || SCRIPT_ADDRESS.test(address)) found.scripts += 1;
  if (OUTSIDE_ADDRESS.test(address)) found.outsideReferences += 1;
};

const noteTag = (found: Findings, tag: SaxesTagPlain): void => {
  const local = localOf(tag.name);
  if (found.elements === 0) {
    found.root = local.slice(0, NAME_LENGTH);
    found.namespace = namespaceOf(tag);
  }
  found.elements += 1;
  if (local.toLowerCase() === 'script') found.scripts += 1;
  for (const [name, value] of Object.entries(tag.attributes)) noteAttribute(found, name, value);
};

/** Units of 16 bits: a document in them cannot say otherwise, and no other can say it is. */
const isWide = (encoding: string): boolean => /^(?:utf-?16|ucs-?2|iso-10646-ucs-2)/i.test(encoding);

interface Encodings {
  /** What the document says, or what it is in when it says nothing. */
  declared: string;
  /** What its bytes are. */
  ofBytes(): string;
}

const wrongEncoding = (): NonRetryableError =>
  new NonRetryableError('corrupt', { detail: 'It is not in the encoding it declares.' });

/** XML that names no other encoding is in one of these. */
const isUnicode = (encoding: string): boolean => /^utf-?(?:8|16)/i.test(encoding);

const createParser = (
  found: Findings,
  { budget }: ProcessorInput,
  encodings: Encodings,
): SaxesParser<{ xmlns: false }> => {
  const parser = new SaxesParser({ xmlns: false });
  let depth = 0;
  parser.on('error', (cause) => {
    const detail = `Line ${parser.line}, column ${parser.column}: it is not well-formed.`;
    throw new NonRetryableError('corrupt', { detail, cause });
  });
  parser.on('xmldecl', ({ encoding }) => {
    if (encoding === undefined) return;
    encodings.declared = encoding;
    if (isWide(encoding) === isWide(encodings.ofBytes())) return;
    throw wrongEncoding();
  });
  parser.on('doctype', (doctype) => {
    found.doctype = true;
    // Entities are how a few bytes become gigabytes, or another file.
    if (!doctype.includes('[')) return;
    throw new NonRetryableError('unsupported', {
      detail: 'It declares entities or other markup of its own.',
    });
  });
  parser.on('opentag', (tag) => {
    depth += 1;
    found.depth = Math.max(found.depth, depth);
    budget.reach('nesting', depth);
    noteTag(found, tag);
  });
  parser.on('closetag', () => {
    depth -= 1;
  });
  return parser;
};

const run = async (input: ProcessorInput) => {
  const found = createFindings();
  const { sniffed, pieces } = sniffedText(input);
  const ofBytes = () => sniffed.encoding.label;
  const encodings: Encodings = { declared: 'utf-8', ofBytes };
  const parser = createParser(found, input, encodings);
  for await (const piece of pieces()) parser.write(piece);
  parser.close();
  if (isUnicode(encodings.declared) && !isUnicode(ofBytes())) throw wrongEncoding();
  return { encoding: ofBytes(), ...found };
};

const count = z.int().nonnegative();

/**
 * Nothing is expanded and nothing is fetched. Mistakes → `corrupt` with line and column; an internal DTD →
 * `unsupported`; nesting beyond the budget → `over_budget`.
 */
export const xmlCheck = defineProcessor({
  name: 'xml-check',
  version: 3,
  lane: 'light',
  accepts: ['application/xml', 'image/svg+xml'],
  reads: 'whole',
  isReusable: true,
  budget: { bytesIn: MOST_BYTES, nesting: 512, wallSeconds: 120 },
  outcome: z.object({
    encoding: z.string(),
    root: z.string(),
    namespace: z.string().nullable(),
    elements: count,
    attributes: count,
    depth: count,
    doctype: z.boolean(),
    /** Script elements, `on…` attributes and `javascript:` addresses. */
    scripts: count,
    /** References to other hosts or to files. */
    outsideReferences: count,
  }),
  run,
});
