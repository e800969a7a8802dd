/** What is remembered of the keys of a JSON document: duplicates, and which members its records have. */

export const JSON_TYPES = ['object', 'array', 'string', 'number', 'boolean', 'null'] as const;
export type JsonType = (typeof JSON_TYPES)[number];

/** Members that are told; a document may have any number. */
const TOLD_MEMBERS = 24;
/** Keys of one object that are held to find duplicates among them; what comes later is not checked. */
const CHECKED_KEYS = 10_000;
const NAME_LENGTH = 64;

export interface Member {
  readonly name: string;
  readonly types: readonly JsonType[];
  /** Records that have it. */
  readonly count: number;
}

/** A name as it may stand in an outcome: half a character of UTF-16 cannot be stored everywhere. */
const presentable = (name: string): string =>
  name.slice(0, NAME_LENGTH).replace(/\p{Surrogate}/gu, '\ufffd');

/** Notes the key of an open object; whether it was there before, and whether that is still known. */
export const noteKey = (known: Set<string>, key: string): 'new' | 'duplicate' | 'unchecked' => {
  if (known.has(key)) return 'duplicate';
  if (known.size >= CHECKED_KEYS) return 'unchecked';
  known.add(key);
  return 'new';
};

export interface Members {
  add(name: string, type: JsonType): void;
  list(): Member[];
  readonly isCut: boolean;
}

export const createMembers = (): Members => {
  const seen = new Map<string, { readonly types: Set<JsonType>; count: number }>();
  let isCut = false;
  return {
    add(name, type) {
      const shown = presentable(name);
      const known = seen.get(shown);
      if (known !== undefined) {
        known.types.add(type);
        known.count += 1;
      } else if (seen.size < TOLD_MEMBERS) seen.set(shown, { types: new Set([type]), count: 1 });
      else isCut = true;
    },
    list: () =>
      [...seen].map(([name, { types, count }]) => ({ name, types: [...types].sort(), count })),
    get isCut() {
      return isCut;
    },
  };
};
