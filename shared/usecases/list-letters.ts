/** Shows the kept dead letters, grouped by what killed them. */
import type { ErrorCode } from '../domain/errors.ts';
import type { DeadLetter, DeadLetterStore } from '../ports/dead-letter-store.ts';

/** Which letters are meant; both together narrow. */
export interface LetterChoice {
  readonly uploadId?: string | undefined;
  readonly fingerprint?: string | undefined;
}

export interface LetterExample {
  readonly messageId: string;
  readonly uploadId?: string;
  /** Its beginning: enough to see what it is. */
  readonly body: string;
}

export interface LetterGroup {
  readonly fingerprint: string;
  readonly queue: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly count: number;
  /** ISO 8601. */
  readonly firstBuriedAt: string;
  readonly lastBuriedAt: string;
  /** The first few, in the order of message ids. */
  readonly examples: readonly LetterExample[];
}

export interface LetterList {
  readonly groups: readonly LetterGroup[];
  /** Counts are of what was read so far; with this cursor the next call reads on. Undefined at the end. */
  readonly cursor: string | undefined;
}

export type ListLetters = (
  choice: LetterChoice & { readonly cursor?: string | undefined },
  signal: AbortSignal,
) => Promise<LetterList>;

const PAGE = 100;
/** A letter may be 64 KB: so many are read well within one invocation. */
const PAGES_PER_RUN = 10;
const EXAMPLES = 5;
const SHOWN_CHARACTERS = 1_000;

/** Is this letter meant? Only a dead lane message says itself whose it was; but ids are random, so a body with one is about it. */
export const isChosen =
  ({ uploadId, fingerprint }: LetterChoice) =>
  (letter: DeadLetter): boolean =>
    (fingerprint === undefined || letter.fingerprint === fingerprint) &&
    (uploadId === undefined || letter.uploadId === uploadId || letter.body.includes(uploadId));

const groupOf = (letters: readonly [DeadLetter, ...DeadLetter[]]): LetterGroup => {
  const [{ fingerprint, queue, code, message }] = letters;
  const times = letters.map(({ buriedAt }) => buriedAt);
  return {
    fingerprint,
    queue,
    code,
    message,
    count: letters.length,
    firstBuriedAt: new Date(Math.min(...times)).toISOString(),
    lastBuriedAt: new Date(Math.max(...times)).toISOString(),
    examples: letters.slice(0, EXAMPLES).map(({ messageId, uploadId, body }) => ({
      messageId,
      ...(uploadId === undefined ? {} : { uploadId }),
      body: body.slice(0, SHOWN_CHARACTERS),
    })),
  };
};

const groupsOf = (letters: readonly DeadLetter[]): readonly LetterGroup[] => {
  const groups = new Map<string, [DeadLetter, ...DeadLetter[]]>();
  for (const letter of letters) {
    const group = groups.get(letter.fingerprint);
    if (group === undefined) groups.set(letter.fingerprint, [letter]);
    else group.push(letter);
  }
  return [...groups.values()].map(groupOf).sort((left, right) => right.count - left.count);
};

export const createListLetters =
  ({ letters }: { readonly letters: DeadLetterStore }): ListLetters =>
  async ({ cursor: start, ...choice }, signal) => {
    const chosen: DeadLetter[] = [];
    let cursor = start;
    for (let pages = 0; pages < PAGES_PER_RUN && !signal.aborted; pages += 1) {
      const page = await letters.list(PAGE, cursor);
      chosen.push(...page.letters.filter(isChosen(choice)));
      cursor = page.cursor;
      if (cursor === undefined) break;
    }
    return { groups: groupsOf(chosen), cursor };
  };
