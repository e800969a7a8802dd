/** What is remembered of the keys of a JSON document: duplicates, and which members its records have, at any depth. */

export const JSON_TYPES = ['object', 'array', 'string', 'number', 'boolean', 'null'] as const;
export type JsonType = (typeof JSON_TYPES)[number];

/** Members that are told, and held of one object; a document may have any number. */
const TOLD_MEMBERS = 24;
/** Those that are held inside of others: what is told first are the members of the records themselves. */
const HELD_INSIDE = 10 * TOLD_MEMBERS;
/** Keys of one object that are held to find duplicates among them; what comes later is not checked. */
const CHECKED_KEYS = 10_000;
const NAME_LENGTH = 64;

export interface Member {
  /** From the record on: `address.city`, and `tags[]` for the elements of an array. */
  readonly name: string;
  readonly types: readonly JsonType[];
  /** How often it is there. */
  readonly count: number;
}

/** A member with those inside of it. */
export interface MemberNode {
  readonly types: Set<JsonType>;
  count: number;
  readonly keys: Map<string, MemberNode>;
  elements: MemberNode | undefined;
}

const createNode = (): MemberNode => ({
  types: new Set(),
  count: 0,
  keys: new Map(),
  elements: undefined,
});

/** A name as it may stand in an outcome: half a character of UTF-16 cannot be stored everywhere. */
const presentable = (name: string): string => {
  const told = name.replace(/\p{Surrogate}/gu, '\ufffd');
  return /[.[\]"]/.test(told) ? JSON.stringify(told) : told;
};

/** Notes the key of an open object; whether it was there before, and whether that is still known. */
export const noteKey = (known: Set<string>, key: string): 'new' | 'duplicate' | 'unchecked' => {
  if (known.has(key)) return 'duplicate';
  if (known.size >= CHECKED_KEYS) return 'unchecked';
  known.add(key);
  return 'new';
};

export interface Members {
  /** Of all records. */
  readonly record: MemberNode;
  /** Notes a value of an object, or of an array where there is no key; answers where what is inside of it is noted. */
  add(parent: MemberNode, key: string | undefined, type: JsonType): MemberNode | undefined;
  /** Those of the records first, then what is inside of them. */
  list(): Member[];
  /** Whether there are more than those of the list. */
  readonly isCut: boolean;
}

/** Level by level, each behind its path. */
function* walk(record: MemberNode): Generator<readonly [string, MemberNode]> {
  const open: (readonly [string, MemberNode])[] = [['', record]];
  for (const [path, { keys, elements }] of open) {
    const inside: (readonly [string, MemberNode])[] = [...keys].map(([key, node]) => [
      path === '' ? presentable(key) : `${path}.${presentable(key)}`,
      node,
    ]);
    if (elements !== undefined) inside.push([`${path}[]`, elements]);
    open.push(...inside);
    yield* inside;
  }
}

export const createMembers = (): Members => {
  const record = createNode();
  let held = 0;
  let isCut = false;

  const hold = (parent: MemberNode, key: string | undefined): MemberNode | undefined => {
    const isFull = parent !== record && held >= HELD_INSIDE;
    if (isFull || (key !== undefined && parent.keys.size >= TOLD_MEMBERS)) {
      isCut = true;
      return undefined;
    }
    if (parent !== record) held += 1;
    const node = createNode();
    if (key === undefined) parent.elements = node;
    else parent.keys.set(key, node);
    return node;
  };

  return {
    record,
    add(parent, key, type) {
      const name = key?.slice(0, NAME_LENGTH);
      const known = name === undefined ? parent.elements : parent.keys.get(name);
      const node = known ?? hold(parent, name);
      if (node === undefined) return undefined;
      node.types.add(type);
      node.count += 1;
      return node;
    },
    list() {
      const told: Member[] = [];
      for (const [name, { types, count }] of walk(record)) {
        if (told.length === TOLD_MEMBERS) break;
        told.push({ name, types: [...types].sort(), count });
      }
      return told;
    },
    get isCut() {
      return isCut || [...walk(record)].length > TOLD_MEMBERS;
    },
  };
};
