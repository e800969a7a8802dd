/** What a document says of itself, and its text when it is asked for. */
import { button, element, foreignText } from '../element.ts';
import { counted, countOf, dayOf } from '../words.ts';
import { isTrueIn, numberIn, type Outcome, outcomesIn, textIn } from './outcome.ts';
import {
  figure,
  hrefOf,
  type Preview,
  type PreviewContext,
  remarks,
  scrolling,
} from './preview.ts';

/** About three pages; the derived file has everything. */
const SHOWN_CHARACTERS = 6_000;

const figuresOf = (outcome: Outcome, characters: number): HTMLElement => {
  const counts = (['pages', 'sheets', 'slides'] as const).flatMap((word) => {
    const count = numberIn(outcome, word);
    return count === undefined
      ? []
      : [figure(countOf(count), count === 1 ? word.slice(0, -1) : word)];
  });
  const text = figure(countOf(characters), characters === 1 ? 'character' : 'characters');
  return element('dl', { class: 'figures' }, ...counts, text);
};

const factsOf = (outcome: Outcome): HTMLElement => {
  const author = textIn(outcome, 'author');
  const created = textIn(outcome, 'created');
  const facts = [
    (textIn(outcome, 'format') ?? '').toUpperCase(),
    textIn(outcome, 'title'),
    author === undefined ? undefined : `by ${author}`,
    created === undefined ? undefined : `made ${dayOf(created)}`,
  ].filter((fact) => fact !== undefined && fact !== '');
  return element(
    'p',
    { class: 'facts' },
    ...facts.flatMap((fact, index) => [index === 0 ? '' : ' · ', foreignText(fact ?? '')]),
  );
};

const showText = async (place: HTMLElement, href: string, { api, fileName }: PreviewContext) => {
  const text = await (await api.open(href)).text();
  const shown = text.slice(0, SHOWN_CHARACTERS).replaceAll('\f', '\n\n');
  const pre = element('pre', { dir: 'auto' }, shown);
  const rest = text.length > SHOWN_CHARACTERS ? 'There is more in the file below.' : undefined;
  place.replaceChildren(scrolling(`Text of ${fileName}`, pre), remarks([rest]) ?? '');
};

const sheetsOf = (outcome: Outcome): HTMLElement | undefined => {
  const sheets = outcomesIn(outcome, 'sheetRows').map((sheet) =>
    element(
      'li',
      {},
      foreignText(textIn(sheet, 'name') ?? ''),
      element('span', { class: 'size' }, ` ${counted(numberIn(sheet, 'rows') ?? 0, 'row')}`),
    ),
  );
  return sheets.length === 0 ? undefined : element('ul', { class: 'tree' }, ...sheets);
};

const remarksOf = (outcome: Outcome): HTMLElement | undefined => {
  const unreadable = numberIn(outcome, 'unreadable') ?? 0;
  return remarks([
    isTrueIn(outcome, 'scripts') ? 'It carries JavaScript.' : undefined,
    isTrueIn(outcome, 'macros') ? 'It carries macros.' : undefined,
    isTrueIn(outcome, 'encrypted') ? 'It is protected against printing or changes.' : undefined,
    isTrueIn(outcome, 'repaired') ? 'Its index was damaged and built anew.' : undefined,
    unreadable > 0 ? `${counted(unreadable, 'page')} could not be read.` : undefined,
  ]);
};

export const documentPreview: Preview = (outcome, context) => {
  const characters = numberIn(outcome, 'characters');
  if (characters === undefined || textIn(outcome, 'format') === undefined) return undefined;
  const href = hrefOf(context.step, textIn(outcome, 'file') ?? '');
  const place = element('div', {});
  if (href !== undefined) {
    const read = button(
      { text: 'Read the text', label: `Read the text of ${context.fileName}` },
      () => {
        showText(place, href, context).catch((error: unknown) => {
          read.textContent = error instanceof Error ? error.message : String(error);
        });
      },
    );
    place.append(read);
  }
  return element(
    'div',
    {},
    figuresOf(outcome, characters),
    factsOf(outcome),
    sheetsOf(outcome),
    remarksOf(outcome),
    place,
  );
};
