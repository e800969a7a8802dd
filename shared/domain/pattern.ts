/**
 * Patterns that strangers may give: the part of regular expressions that is regular, so that a match can take time in
 * proportion to the value and no more. Looking around, back references and what engines read differently are refused.
 */

export const MAX_PATTERN_LENGTH = 256;
/** Characters that a pattern matches at most, every repetition with an upper bound written out. */
const MAX_PATTERN_SIZE = 1_000;

/** Of ASCII; what else stands behind a backslash is read differently from engine to engine. */
const PUNCTUATION = String.raw`[!-/:-@\[-\x60{-~]`;
const ESCAPE = String.raw`\\(?:[dDwWsStnrfv]|${PUNCTUATION})`;
const ESCAPED_PUNCTUATION = new RegExp(String.raw`^\\${PUNCTUATION}$`, 'u');
const CATEGORY = String.raw`\\[pP](?:[LMNPSZC]|\{[LMNPSZC][a-z]?\})`;
const KNOWN_CATEGORY = /^(?:L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?|C[cfos]?)$/;
const MEMBER = String.raw`(?:${CATEGORY}|${ESCAPE}|[^\\[\]])`;

const TOKEN = new RegExp(
  [
    `(?<category>${CATEGORY})`,
    `(?<escape>${ESCAPE})`,
    String.raw`(?<class>\[(?:\^|(?!\^))${MEMBER}+\])`,
    String.raw`(?<open>\((?:\?:)?)(?!\?)`,
    String.raw`(?<close>\))`,
    String.raw`(?<or>\|)`,
    String.raw`(?<edge>[\^$])`,
    String.raw`(?<repeat>(?:[*+?]|\{\d{1,3}(?:,\d{0,3})?\})\??)`,
    String.raw`(?<literal>[^\\()[\]{}*+?|^$])`,
  ].join('|'),
  'uy',
);

/** A group that is being read. */
interface Group {
  size: number;
  /** Size of what a repetition would repeat; 0 where there is nothing. */
  last: number;
}

const add = (group: Group, size: number): void => {
  group.size += size;
  group.last = size;
};

const categoriesIn = (token: string): readonly string[] =>
  [...token.matchAll(/\\[pP]\{?([A-Z][a-z]?)/g)].map(([, name = '']) => name);

/** Members of a class, in order: `a-z` counts as three. */
const membersOf = (token: string): readonly string[] =>
  token.slice(1, -1).match(new RegExp(MEMBER, 'gu')) ?? [];

const codeOf = (member: string): number | undefined => {
  if (!member.startsWith('\\')) return member.codePointAt(0);
  // Kinds of characters are no end of a range.
  return ESCAPED_PUNCTUATION.test(member) ? member.codePointAt(1) : undefined;
};

/** A range from a later character to an earlier one, or to or from a whole kind of them. */
const hasBadRange = (token: string): boolean => {
  const members = membersOf(token.replace(/^\[\^/, '['));
  return members.some((member, at) => {
    if (member !== '-' || at === 0 || at === members.length - 1) return false;
    const [low, high] = [codeOf(members[at - 1] ?? ''), codeOf(members[at + 1] ?? '')];
    return low === undefined || high === undefined || low > high;
  });
};

const mostTimes = (repeat: string): number => {
  const [, least = '1', most] = /^\{(\d+)(?:,(\d*))?\}/.exec(repeat) ?? [];
  return Math.max(1, Number(least), Number(most ?? 0));
};

const isBackwards = (repeat: string): boolean => {
  const [, least, most] = /^\{(\d+),(\d+)\}/.exec(repeat) ?? [];
  return least !== undefined && Number(most) < Number(least);
};

/** What is wrong with the pattern, as the end of a sentence, or undefined when it can be used. */
export const patternProblem = (pattern: string): string | undefined => {
  if (pattern.length > MAX_PATTERN_LENGTH) return `is longer than ${MAX_PATTERN_LENGTH} characters`;
  const open: Group[] = [];
  let group: Group = { size: 0, last: 0 };
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < pattern.length) {
    const at = TOKEN.lastIndex + 1;
    const found = TOKEN.exec(pattern)?.groups;
    if (found === undefined) return `has something at character ${at} that is not supported`;
    if (
      !categoriesIn(found.category ?? found.class ?? '').every((name) => KNOWN_CATEGORY.test(name))
    )
      return `names a kind of characters at character ${at} that there is not`;
    if (found.open !== undefined) {
      open.push(group);
      group = { size: 0, last: 0 };
    } else if (found.close !== undefined) {
      const outer = open.pop();
      if (outer === undefined) return `closes a group at character ${at} that is not open`;
      add(outer, Math.max(1, group.size));
      group = outer;
    } else if (found.repeat !== undefined) {
      if (group.last === 0) return `repeats nothing at character ${at}`;
      if (isBackwards(found.repeat))
        return `has a repetition at character ${at} that ends before it begins`;
      group.size += group.last * (mostTimes(found.repeat) - 1);
      group.last = 0;
    } else if (found.or !== undefined || found.edge !== undefined) group.last = 0;
    else if (found.class !== undefined && hasBadRange(found.class))
      return `has a range at character ${at} that ends before it begins`;
    else add(group, 1);
    if (group.size > MAX_PATTERN_SIZE)
      return `matches more than ${MAX_PATTERN_SIZE} characters by count`;
  }
  return open.length > 0 ? 'has a group that is not closed' : undefined;
};
