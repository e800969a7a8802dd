/** Remembers which values a column had, by 64 bits of each: two different ones meet once in some ten million tables. */

export interface SeenValues {
  /** Whether it was there before; from now on it is. */
  add(text: string): boolean;
}

const FIRST_SLOTS = 1_024;

/** Two numbers of 32 bits that depend on every character, mixed as in MurmurHash3. */
const hashInto = (text: string, into: Uint32Array): void => {
  let first = 0xdeadbeef ^ text.length;
  let second = 0x41c6ce57;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    first = Math.imul(first ^ code, 0x9e3779b1);
    second = Math.imul(second ^ code, 0x5f356495);
    first = (first << 13) | (first >>> 19);
    second = (second << 15) | (second >>> 17);
  }
  first =
    Math.imul(first ^ (first >>> 16), 0x85ebca6b) ^ Math.imul(second ^ (second >>> 13), 0xc2b2ae35);
  second =
    Math.imul(second ^ (second >>> 16), 0x85ebca6b) ^ Math.imul(first ^ (first >>> 13), 0xc2b2ae35);
  // Zero marks an empty slot.
  into[0] = first | 1;
  into[1] = second;
};

/** @param onNew called before a value is remembered that was not there; may throw to stop */
export const createSeenValues = (onNew: () => void): SeenValues => {
  const hash = new Uint32Array(2);
  let slots = new Uint32Array(2 * FIRST_SLOTS);
  let size = 0;

  /** The slot of a hash: its own, or the empty one where it belongs. */
  const slotOf = (table: Uint32Array, first: number, second: number): number => {
    const mask = table.length / 2 - 1;
    let slot = second & mask;
    while (table[2 * slot] !== 0 && (table[2 * slot] !== first || table[2 * slot + 1] !== second)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  };
  const put = (table: Uint32Array, first: number, second: number): void => {
    const slot = slotOf(table, first, second);
    table[2 * slot] = first;
    table[2 * slot + 1] = second;
  };
  const grow = (): void => {
    const grown = new Uint32Array(2 * slots.length);
    for (let at = 0; at < slots.length; at += 2) {
      if (slots[at] !== 0) put(grown, slots[at] ?? 0, slots[at + 1] ?? 0);
    }
    slots = grown;
  };

  return {
    add(text) {
      hashInto(text, hash);
      const [first = 0, second = 0] = hash;
      if (slots[2 * slotOf(slots, first, second)] !== 0) return true;
      onNew();
      size += 1;
      // At most half full, so that searching stays short.
      if (4 * size > slots.length) grow();
      put(slots, first, second);
      return false;
    },
  };
};
