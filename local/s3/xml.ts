/** XML as S3 speaks it: a strict reader and a small writer. */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { malformedXml } from './errors.ts';

/** A parsed element: its text, or its children by name (always as lists, because any may repeat). */
export interface XmlElement {
  readonly text: string;
  readonly children: ReadonlyMap<string, readonly XmlElement[]>;
}

type Ordered = Record<string, unknown>;

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: true,
  ignoreDeclaration: true,
  parseTagValue: false,
  removeNSPrefix: true,
  // A key may begin or end with a blank, so text must come through as it was sent.
  trimValues: false,
  htmlEntities: true,
});

const toElement = (nodes: readonly Ordered[]): XmlElement => {
  let text = '';
  const children = new Map<string, XmlElement[]>();
  for (const node of nodes) {
    for (const [name, value] of Object.entries(node)) {
      if (name === '#text') text += String(value);
      else if (Array.isArray(value)) {
        const siblings = children.get(name) ?? [];
        siblings.push(toElement(value));
        children.set(name, siblings);
      }
    }
  }
  return { text, children };
};

/** Parses a document whose root must be `root`. Throws MalformedXML, as S3 does. */
export const parseXml = (source: string, root: string): XmlElement => {
  // S3 documents never carry a DTD, and entity definitions are a way to exhaust memory.
  if (source.includes('<!DOCTYPE') || XMLValidator.validate(source) !== true) throw malformedXml();
  const [element] = toElement(parser.parse(source) as Ordered[]).children.get(root) ?? [];
  if (element === undefined) throw malformedXml();
  return element;
};

export const childText = (element: XmlElement, name: string): string | undefined =>
  element.children.get(name)?.[0]?.text;

export const childTexts = (element: XmlElement, name: string): readonly string[] =>
  (element.children.get(name) ?? []).map(({ text }) => text);

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};

const escapeXml = (text: string): string =>
  text.replaceAll(/[&<>"\r]/g, (character) => entities[character] ?? character);

/** Ready XML; made only by `tag`, so text cannot be inserted unescaped by mistake. */
export interface Xml {
  readonly xml: string;
}
export type XmlContent = string | number | boolean | undefined | Xml | readonly XmlContent[];

const render = (content: XmlContent): string => {
  if (content === undefined) return '';
  if (typeof content !== 'object') return escapeXml(String(content));
  return 'xml' in content ? content.xml : content.map(render).join('');
};

/** One element. An element whose content is undefined is left out, as S3 leaves out what is not set. */
export const tag = (name: string, content: XmlContent): Xml => ({
  xml: content === undefined ? '' : `<${name}>${render(content)}</${name}>`,
});

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

export const xmlDocument = (root: string, content: XmlContent): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${NAMESPACE}">${render(content)}</${root}>`;

/** Error documents carry no namespace. */
export const plainXmlDocument = (root: string, content: XmlContent): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${root}>${render(content)}</${root}>`;
