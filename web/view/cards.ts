/** The list of uploads: newest first, with a tally above and a sentence for every end. */
import { visible } from '../element.ts';
import { type Entry, hasEnded, type Tone, tell } from '../entry.ts';
import type { Intake } from '../intake.ts';
import { counted } from '../words.ts';
import { type Card, type CardContext, createCard } from './card.ts';
import { byId } from './page.ts';

export interface Cards {
  readonly show: (entry: Entry) => void;
  readonly remove: (key: string) => void;
}

interface Shown {
  readonly card: Card;
  entry: Entry;
}

const TALLY: readonly (readonly [Tone, string])[] = [
  ['busy', 'in progress'],
  ['waiting', 'waiting'],
  ['done', 'done'],
  ['failed', 'failed'],
];

const tallyOf = (entries: readonly Entry[]): string => {
  const tones = entries.map((entry) => tell(entry).tone);
  return TALLY.flatMap(([tone, word]) => {
    const count = tones.filter((other) => other === tone).length;
    return count === 0 ? [] : [`${count} ${word}`];
  }).join(' · ');
};

/** What a screen reader is told when an upload ends. */
const endOf = (entry: Entry): string => {
  const { label, trouble } = tell(entry);
  return `${visible(entry.name)}: ${label.toLowerCase()}. ${trouble ?? ''}`.trim();
};

/** What a screen reader is told when files were taken. */
export const wordsOfIntake = ({ files }: Intake): string => {
  const [first] = files;
  if (first === undefined) return 'No files to upload.';
  return files.length === 1
    ? `${visible(first.file.name)} is being uploaded.`
    : `${counted(files.length, 'file')} are being uploaded.`;
};

export const createCards = (context: CardContext): Cards => {
  const list = byId('cards');
  const shown = new Map<string, Shown>();

  const showTally = () => {
    const entries = [...shown.values()].map(({ entry }) => entry);
    byId('tally').textContent = tallyOf(entries);
    byId('empty').hidden = entries.length > 0;
    document.body.toggleAttribute('data-used', entries.length > 0);
  };

  const insert = (entry: Entry) => {
    const card = createCard(entry, context);
    const older = [...shown.values()]
      .filter((other) => other.entry.at < entry.at)
      .reduce<Shown | undefined>(
        (newest, other) => (newest && newest.entry.at > other.entry.at ? newest : other),
        undefined,
      );
    list.insertBefore(card.root, older?.card.root ?? null);
    shown.set(entry.key, { card, entry });
  };

  return {
    show(entry) {
      const known = shown.get(entry.key);
      if (known === undefined) {
        insert(entry);
      } else {
        const isNews = hasEnded(entry) && !hasEnded(known.entry) && entry.isFresh;
        known.entry = entry;
        known.card.update(entry);
        if (isNews) context.announcer.say(endOf(entry));
      }
      showTally();
    },
    remove(key) {
      const known = shown.get(key);
      if (known === undefined) return;
      const { root } = known.card;
      const hadFocus = root.contains(document.activeElement);
      const next = root.nextElementSibling?.querySelector<HTMLElement>(
        '.card-actions button:not([hidden])',
      );
      root.remove();
      shown.delete(key);
      showTally();
      if (hadFocus) (next ?? byId('list-title')).focus();
    },
  };
};
