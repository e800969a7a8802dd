/** Tells screen readers what changed elsewhere on the page: a few sentences at a time, never a flood. */

export interface Announcer {
  say(sentence: string): void;
}

/** Changes that come together are told together. */
const GATHER_MS = 400;
const MOST_SENTENCES = 3;

export const createAnnouncer = (region: HTMLElement): Announcer => {
  let waiting: string[] = [];
  const tell = () => {
    const [first = '', ...rest] = waiting;
    const told = [first, ...rest.slice(0, MOST_SENTENCES - 1)];
    const untold = waiting.length - told.length;
    region.textContent = [...told, untold > 0 ? `And ${untold} more changes.` : '']
      .join(' ')
      .trim();
    waiting = [];
  };
  return {
    say(sentence) {
      if (sentence === '') return;
      if (waiting.length === 0) setTimeout(tell, GATHER_MS);
      waiting.push(sentence);
    },
  };
};
