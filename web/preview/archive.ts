/** What an archive holds, as a tree of folders. */
import { button, element, foreignText } from '../element.ts';
import { counted, sizeOf } from '../words.ts';
import { countsIn, isOutcome, numberIn, type Outcome, textIn, textsIn } from './outcome.ts';
import { hrefOf, type Preview, type PreviewContext, remarks } from './preview.ts';

interface Entry {
  readonly name: string;
  readonly size?: number | undefined;
  readonly isDangerous: boolean;
}

interface Folder {
  readonly folders: Map<string, Folder>;
  readonly files: { readonly name: string; readonly entry: Entry }[];
}

/** A tree of more lines helps nobody; the derived file lists every entry. */
const MOST_ENTRIES = 2_000;
const DEEPEST = 12;
/** So few are shown with every folder open. */
const MOST_OPEN = 50;

const DANGERS: Readonly<Record<string, string>> = {
  traversal: 'with a path out of the archive',
  absolute: 'with an absolute path',
  control: 'with control characters in the name',
  deep: 'very deep inside',
  unnamed: 'without a name',
  duplicate: 'with the name of another',
  link: 'as a link',
  bomb: 'unpacking as only a bomb does',
};

const emptyFolder = (): Folder => ({ folders: new Map(), files: [] });

const treeOf = (entries: readonly Entry[]): Folder => {
  const root = emptyFolder();
  for (const entry of entries) {
    const parts = entry.name.split('/').filter((part) => part !== '' && part !== '.');
    const isFolder = entry.name.endsWith('/');
    const path = (isFolder ? parts : parts.slice(0, -1)).slice(0, DEEPEST);
    let at = root;
    for (const part of path) {
      const next = at.folders.get(part) ?? emptyFolder();
      at.folders.set(part, next);
      at = next;
    }
    if (!isFolder) at.files.push({ name: parts.slice(path.length).join('/') || entry.name, entry });
  }
  return root;
};

const fileLine = (name: string, { size, isDangerous }: Entry): HTMLLIElement =>
  element(
    'li',
    { class: isDangerous ? 'dangerous' : undefined },
    foreignText(name),
    size === undefined ? undefined : element('span', { class: 'size' }, ` ${sizeOf(size)}`),
    isDangerous ? element('span', { class: 'flag' }, ' dangerous to unpack') : undefined,
  );

/** @param isWhole every folder inside is open too. */
const folderList = ({ folders, files }: Folder, isOpen: boolean, isWhole: boolean): HTMLElement => {
  const nested = [...folders].map(([name, folder]) =>
    element(
      'li',
      {},
      element(
        'details',
        { open: isOpen },
        element('summary', {}, foreignText(`${name}/`)),
        folderList(folder, isWhole, isWhole),
      ),
    ),
  );
  const lines = files.map(({ name, entry }) => fileLine(name, entry));
  return element('ul', { class: 'tree' }, ...nested, ...lines);
};

const entryOf = (line: string): Entry | undefined => {
  const parsed: unknown = JSON.parse(line);
  if (!isOutcome(parsed)) return undefined;
  const name = textIn(parsed, 'name') ?? '';
  const isFolder = parsed.kind === 'directory' && !name.endsWith('/');
  return {
    name: isFolder ? `${name}/` : name,
    size: numberIn(parsed, 'size'),
    isDangerous: textsIn(parsed, 'dangers').length > 0,
  };
};

const showAll = async (place: HTMLElement, href: string, { api }: PreviewContext) => {
  const lines = (await (await api.open(href)).text()).split('\n').filter((line) => line !== '');
  const entries = lines.slice(0, MOST_ENTRIES).flatMap((line) => entryOf(line) ?? []);
  const cut =
    lines.length > MOST_ENTRIES
      ? `The first ${MOST_ENTRIES} of ${counted(lines.length, 'entry', 'entries')}.`
      : undefined;
  place.replaceChildren(
    folderList(treeOf(entries), true, entries.length <= MOST_OPEN),
    remarks([cut]) ?? '',
  );
};

const factsOf = (outcome: Outcome, entries: number): string => {
  const size = numberIn(outcome, 'uncompressedBytes');
  const encrypted = numberIn(outcome, 'encrypted') ?? 0;
  return [
    (textIn(outcome, 'format') ?? '').toUpperCase(),
    counted(entries, 'entry', 'entries'),
    size === undefined ? '' : `${sizeOf(size)} unpacked`,
    encrypted > 0 ? `${counted(encrypted, 'entry', 'entries')} encrypted` : '',
  ]
    .filter(Boolean)
    .join(' · ');
};

export const archivePreview: Preview = (outcome, context) => {
  const entries = numberIn(outcome, 'entries');
  const names = textsIn(outcome, 'names');
  if (entries === undefined) return undefined;
  const first = names.map((name) => ({ name, isDangerous: false }));
  const place = element('div', {}, folderList(treeOf(first), true, true));
  const href = hrefOf(context.step, textIn(outcome, 'file') ?? '');
  if (href !== undefined && entries > 0) {
    const all = button({ text: `Show ${counted(entries, 'entry', 'entries')} with sizes` }, () => {
      showAll(place, href, context).catch((error: unknown) => {
        all.textContent = error instanceof Error ? error.message : String(error);
      });
    });
    place.append(element('p', { class: 'more' }, all));
  }
  const dangers = countsIn(outcome, 'dangers').map(
    ([danger, count]) =>
      `${counted(count, 'entry', 'entries')} ${DANGERS[danger] ?? `(${danger})`}.`,
  );
  return element(
    'div',
    {},
    element('p', { class: 'facts' }, factsOf(outcome, entries)),
    place,
    remarks(dangers),
  );
};
