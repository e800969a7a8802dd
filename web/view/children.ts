/** What was in an archive that was unpacked: an upload each, told with its state while they are worked. */

import type { Api } from '../../client/api.ts';
import type { UploadStatus } from '../../shared/domain/status.ts';
import { button, element, foreignText } from '../element.ts';
import { tellStatus } from '../entry.ts';
import { icon, TONE_ICONS } from '../icons.ts';
import { counted, countOf, sizeOf } from '../words.ts';

export interface ChildrenView {
  readonly place: HTMLElement;
  show(status: UploadStatus): void;
}

/** The API gives so many at once at most. */
const PAGE = 100;

/** Its bytes are in the archive, so it never waits for a hand. */
const AT_HAND = { hasFile: true };

const childLine = (child: UploadStatus): HTMLLIElement => {
  const { declared, size = declared?.size, id } = child;
  const { tone, label, trouble } = tellStatus(child, AT_HAND);
  return element(
    'li',
    { class: 'child', 'data-tone': tone },
    icon(TONE_ICONS[tone]),
    element(
      'span',
      { class: 'child-name' },
      foreignText(declared?.name ?? id),
      size === undefined ? undefined : element('span', { class: 'size' }, ` ${sizeOf(size)}`),
    ),
    element('span', { class: 'child-state' }, label),
    trouble === undefined ? undefined : element('p', { class: 'step-error' }, foreignText(trouble)),
  );
};

interface WatchOptions {
  readonly load: () => Promise<void>;
  /** A sentence when it could not be loaded, `undefined` when it was. */
  readonly onTrouble: (sentence: string | undefined) => void;
}

/** Loads what has changed while somebody looks, one time after the other: a closed card asks for nothing. */
const createWatch = ({ load, onTrouble }: WatchOptions) => {
  let isStale = false;
  let isSeen = false;
  let isLoading = false;

  const refresh = async (): Promise<void> => {
    if (isLoading) return;
    isLoading = true;
    try {
      while (isStale && isSeen) {
        isStale = false;
        await load();
        onTrouble(undefined);
      }
    } catch (error) {
      // The next change, or the next look, tries again.
      isStale = true;
      onTrouble(error instanceof Error ? error.message : String(error));
    } finally {
      isLoading = false;
    }
  };

  return {
    change() {
      isStale = true;
      void refresh();
    },
    look(isLooking: boolean) {
      isSeen = isLooking;
      void refresh();
    },
  };
};

/** @param fileName of the archive. */
export const createChildrenView = (api: Pick<Api, 'children'>, fileName: string): ChildrenView => {
  const count = element('p', { class: 'facts' });
  const lines = element('ul', { class: 'children' });
  const trouble = element('p', { class: 'step-error', role: 'status', hidden: true });
  const more = button({ text: 'Show more files', label: `Show more files of ${fileName}` }, () => {
    pages += 1;
    watch.change();
  });
  const title = element('h4', {}, 'Files inside');
  const label = `Files inside of ${fileName}`;
  const place = element('section', { class: 'inside', 'aria-label': label, hidden: true });
  place.append(title, count, lines, more, trouble);
  let pages = 1;
  let followed = '';
  let known = '';

  const load = async (): Promise<void> => {
    const all: UploadStatus[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < pages && (page === 0 || cursor !== undefined); page += 1) {
      const list = await api.children(followed, { limit: PAGE, cursor });
      all.push(...list.uploads);
      cursor = list.cursor;
    }
    lines.replaceChildren(...all.map(childLine));
    more.hidden = cursor === undefined;
  };

  const watch = createWatch({
    load,
    onTrouble: (sentence) => {
      trouble.textContent = sentence ?? '';
      trouble.hidden = sentence === undefined;
    },
  });
  new IntersectionObserver((seen) => watch.look(seen.at(-1)?.isIntersecting === true)).observe(
    place,
  );

  return {
    place,
    show({ id, generation, state, children }) {
      place.hidden = children === undefined || children.count === 0;
      if (children === undefined || children.count === 0) return;
      const { count: all, ended } = children;
      const isOver = ended >= all;
      count.textContent = isOver
        ? `${counted(all, 'file')}, all have ended`
        : `${countOf(ended)} of ${counted(all, 'file')} have ended`;
      const seen = `${generation} ${ended} of ${all} ${state}`;
      if (seen === known) return;
      known = seen;
      followed = id;
      watch.change();
    },
  };
};
