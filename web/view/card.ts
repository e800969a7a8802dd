/** One upload on the page. Its parts are made once and then changed, so that focus and what was opened stay. */
import type { Api } from '../../client/api.ts';
import { button, element, foreignText, visible } from '../element.ts';
import { type Entry, isBeforeArrival, mayBeTriedAgain, type Told, tell } from '../entry.ts';
import { icon, TONE_ICONS } from '../icons.ts';
import { momentOf, sizeOf } from '../words.ts';
import type { Announcer } from './announcer.ts';
import { createCardBody } from './card-body.ts';
import { createGlyph } from './glyph.ts';

export interface CardActions {
  cancel(key: string): void;
  retry(key: string, file?: File): void;
  /** With the file that the browser remembers. */
  goOn(key: string): void;
  putAway(key: string): void;
  erase(key: string): void;
}

export interface CardContext {
  readonly api: Api;
  readonly announcer: Announcer;
  readonly actions: CardActions;
}

export interface Card {
  readonly root: HTMLLIElement;
  update(entry: Entry): void;
}

/** Asks for one file and sends it in place of the one that is not at hand any more. */
const chooseAgain = (onFile: (file: File) => void): void => {
  const input = element('input', { type: 'file' });
  input.addEventListener('change', () => {
    const [file] = input.files ?? [];
    if (file !== undefined) onFile(file);
  });
  input.click();
};

type Way = 'Try again' | 'Go on' | 'Choose again';

/** Without the file at hand, trying again means going to where it was, or choosing it again. */
const wayBack = ({ hasFile, hasHandle }: Entry): Way => {
  if (hasFile) return 'Try again';
  return hasHandle === true ? 'Go on' : 'Choose again';
};

const createHead = (entry: Entry, { actions }: CardContext) => {
  const { key } = entry;
  let way = wayBack(entry);
  const name = visible(entry.name);
  const again = () => {
    if (way === 'Try again') actions.retry(key);
    else if (way === 'Go on') actions.goOn(key);
    else chooseAgain((file) => actions.retry(key, file));
  };
  return {
    name: element('h3', { id: `${key}-name`, dir: 'auto' }, foreignText(entry.name)),
    facts: element('p', { class: 'facts' }),
    state: element('p', { class: 'state' }),
    cancel: button({ text: 'Cancel', label: `Cancel ${name}` }, () => actions.cancel(key)),
    retry: button({ text: 'Try again', label: `Try again: ${name}` }, again),
    toggle: button({ text: '', label: `Details of ${name}` }, () => undefined),
    remove: button({ text: '', label: `Remove ${name} from this page` }, () =>
      actions.putAway(key),
    ),
    setWay(next: Way) {
      way = next;
      this.retry.textContent = next;
      // What is seen comes first: whoever says it aloud presses it.
      this.retry.setAttribute('aria-label', `${next}: ${name}`);
    },
  };
};

const factsOf = ({ size, status, folder, isFresh, at }: Entry): readonly (Node | string)[] =>
  [
    size === undefined ? undefined : sizeOf(size),
    status?.detectedType,
    folder === '' ? undefined : foreignText(folder),
    isFresh ? undefined : momentOf(at),
  ].flatMap((fact, index, all) => {
    if (fact === undefined) return [];
    return all.slice(0, index).some((before) => before !== undefined) ? [' · ', fact] : [fact];
  });

const createProgress = () => {
  const meter = element('progress', { max: 1, 'aria-label': 'Progress' });
  const detail = element('span', {});
  const line = element('div', { class: 'progress' }, meter, detail);
  return {
    line,
    show({ tone, progress, detail: words = '' }: Told) {
      line.hidden = words === '' && tone !== 'busy';
      meter.hidden = tone !== 'busy';
      detail.textContent = words;
      detail.hidden = words === '';
      // Without a value the bar says that something moves, not how far it is.
      if (progress === undefined) meter.removeAttribute('value');
      else meter.value = progress;
    },
  };
};

const createTrouble = () => {
  const line = element('p', { class: 'trouble', hidden: true });
  return {
    line,
    show({ trouble, code }: Told) {
      line.hidden = trouble === undefined;
      const parts = [
        foreignText(trouble ?? ''),
        code === undefined ? '' : element('code', {}, code),
      ];
      line.replaceChildren(...parts.flatMap((part) => [part, ' ']));
    },
  };
};

/** A button that goes away takes the focus with it, and who works by keyboard would start from the top again. */
const keepFocus = (root: HTMLElement, fallbacks: readonly HTMLElement[], change: () => void) => {
  const focused = root.contains(document.activeElement) ? document.activeElement : undefined;
  change();
  if (!(focused instanceof HTMLElement) || (focused.isConnected && !focused.hidden)) return;
  fallbacks.find(({ hidden }) => !hidden)?.focus();
};

export const createCard = (first: Entry, context: CardContext): Card => {
  const head = createHead(first, context);
  const glyph = createGlyph(context.api);
  const progress = createProgress();
  const trouble = createTrouble();
  const body = createCardBody(first, context);
  const actions = element('div', { class: 'card-actions' });
  actions.append(head.cancel, head.retry, head.toggle, head.remove);
  const title = element('div', { class: 'card-title' }, head.name, head.facts);
  const top = element('div', { class: 'card-head' }, glyph.place, title, head.state, actions);
  const article = element('article', { 'aria-labelledby': `${first.key}-name` });
  article.append(top, progress.line, trouble.line, body.place);
  const root = element('li', { class: 'card' }, article);

  /** What the user pressed; before that, what is new is open. */
  let chosen: boolean | undefined;
  let isOpen = false;
  const showOpen = (entry?: Entry) => {
    isOpen = chosen ?? entry?.isOpen ?? isOpen;
    body.place.hidden = !isOpen || head.toggle.hidden;
    head.toggle.setAttribute('aria-expanded', String(isOpen));
  };
  head.toggle.append(icon('open'));
  head.toggle.classList.add('square');
  head.remove.append(icon('away'));
  head.remove.classList.add('square');
  head.toggle.setAttribute('aria-controls', body.place.id);
  head.toggle.addEventListener('click', () => {
    chosen = !isOpen;
    showOpen();
  });

  const show = (entry: Entry) => {
    const told = tell(entry);
    root.dataset.tone = told.tone;
    glyph.show(entry);
    head.facts.replaceChildren(...factsOf(entry));
    head.state.replaceChildren(icon(TONE_ICONS[told.tone]), told.label);
    head.setWay(wayBack(entry));
    head.cancel.hidden = !isBeforeArrival(entry);
    head.retry.hidden = !mayBeTriedAgain(entry);
    head.toggle.hidden = (entry.status?.steps.length ?? 0) === 0;
    head.remove.hidden = isBeforeArrival(entry);
    progress.show(told);
    trouble.show(told);
    body.show(entry);
    showOpen(entry);
  };
  show(first);
  return {
    root,
    update(entry) {
      keepFocus(root, [head.retry, head.toggle, head.cancel, head.remove], () => show(entry));
    },
  };
};
