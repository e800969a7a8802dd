/** Builds elements. Text only ever becomes text: nothing here, and nothing in the page, parses HTML from a string. */

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;
export type Child = Node | string | undefined;

const applyAttributes = (target: Element, attributes: Attributes): void => {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    target.setAttribute(name, value === true ? '' : String(value));
  }
};

const appendAll = (target: Element, children: readonly Child[]): void => {
  target.append(...children.filter((child) => child !== undefined));
};

/** `false` and `undefined` leave an attribute or a child out. */
export const element = <Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] => {
  const made = document.createElement(tag);
  applyAttributes(made, attributes);
  appendAll(made, children);
  return made;
};

const SVG = 'http://www.w3.org/2000/svg';

export const svg = (
  tag: string,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElement => {
  const made = document.createElementNS(SVG, tag);
  applyAttributes(made, attributes);
  appendAll(made, children);
  return made;
};

/** Text that others wrote, in whatever direction it runs, without effect on what stands around it. */
export const foreignText = (text: string): HTMLElement => element('bdi', {}, visible(text));

/** White space is one space. Controls and marks that turn the direction of text would hide what a name really says: `cod.exe` as `exe.doc`. */
export const visible = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/gu, '\ufffd');

export interface ButtonWords {
  readonly text: string;
  /** What a screen reader says instead, when the text alone leaves open what it is about. */
  readonly label?: string;
  readonly kind?: 'main' | 'quiet';
}

export const button = (
  { text, label, kind = 'quiet' }: ButtonWords,
  onPress: () => void,
): HTMLButtonElement => {
  const made = element(
    'button',
    { type: 'button', class: `button ${kind}`, 'aria-label': label },
    text,
  );
  made.addEventListener('click', onPress);
  return made;
};
