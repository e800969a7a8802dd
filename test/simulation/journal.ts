/** The append-only record of a run: what the harness saw happen, in order. The product never writes or reads it. */

export interface Entry {
  readonly at: number;
  /** Who did it: an invocation, an actor of the world, or the platform. */
  readonly actor: string;
  readonly what: string;
  /** The uploads and the messages to webhooks that it touches; empty for what concerns them all. */
  readonly uploads: readonly string[];
}

export interface Journal {
  write(entry: Entry): void;
  entries(): readonly Entry[];
  /** Over every entry so far: equal for equal runs. */
  hash(): string;
  /** The entries that touch an upload or a message to webhooks, as lines with times counted from the start. */
  story(uploadId: string): readonly string[];
}

/** 64 bits of FNV-1a, as two halves with different seeds: fast, and nobody is trying to fool it. */
const hashOf = (entries: readonly Entry[]): string => {
  let left = 0x811c9dc5;
  let right = 0x01000193;
  for (const { at, actor, what } of entries) {
    const text = `${at}|${actor}|${what}\n`;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      left = Math.imul(left ^ code, 0x01000193);
      right = Math.imul(right ^ code, 0x85ebca6b);
    }
  }
  return [left, right].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
};

const clockText = (ms: number): string => {
  const sign = ms < 0 ? '-' : '';
  const seconds = Math.abs(ms) / 1000;
  const days = Math.floor(seconds / 86_400);
  const rest = new Date(Math.abs(ms) % 86_400_000).toISOString().slice(11, 23);
  return `${sign}${days > 0 ? `${days}d ` : ''}${rest}`;
};

export const createJournal = (start: number): Journal => {
  const entries: Entry[] = [];
  return {
    write: (entry) => void entries.push(entry),
    entries: () => entries,
    hash: () => hashOf(entries),
    story: (uploadId) =>
      entries
        .filter(({ uploads }) => uploads.includes(uploadId))
        .map(({ at, actor, what }) => `${clockText(at - start)}  ${actor.padEnd(16)} ${what}`),
  };
};
