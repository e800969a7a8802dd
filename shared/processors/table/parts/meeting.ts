/**
 * Where two readers of the same bytes come to the same, of whom one began at a record and the other within a quoted field.
 * Both follow the rules of `scanner/fields.ts`; here only where they stand counts.
 */

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

const RECORD_START = 0;
const FIELD_START = 1;
const PLAIN = 2;
const QUOTED = 3;
/** Behind a quote within quotes: the end, or the first half of a doubled one. */
const CLOSED = 4;

const behind = (state: number, byte: number, delimiter: number): number => {
  if (state === QUOTED) return byte === QUOTE ? CLOSED : QUOTED;
  if (state === CLOSED && byte === QUOTE) return QUOTED;
  if (byte === delimiter) return FIELD_START;
  if (byte === LF || byte === CR) return RECORD_START;
  return state <= FIELD_START && byte === QUOTE ? QUOTED : PLAIN;
};

export interface Meeting {
  /** Looks at the next bytes; the index of the first one that begins a record for both, or -1. Not asked after that. */
  find(bytes: Uint8Array): number;
}

/** @param delimiter the byte between two fields */
export const createMeeting = (delimiter: number): Meeting => {
  let [one, other] = [RECORD_START, QUOTED];
  let hasQuotes = false;

  /** Without quotes, the one stands behind the last byte, and the other stays where it is. */
  const firstQuote = (bytes: Uint8Array): number => {
    const at = bytes.indexOf(QUOTE);
    const last = at === -1 ? bytes.at(-1) : bytes[at - 1];
    if (last !== undefined) one = behind(PLAIN, last, delimiter);
    hasQuotes = at !== -1;
    return at;
  };

  return {
    find(bytes) {
      const from = hasQuotes ? 0 : firstQuote(bytes);
      if (from === -1) return -1;
      for (let at = from; at < bytes.length; at += 1) {
        const byte = bytes[at] ?? 0;
        // Not between a CR and its LF.
        if (one === RECORD_START && other === RECORD_START && byte !== LF) return at;
        one = behind(one, byte, delimiter);
        other = behind(other, byte, delimiter);
      }
      return -1;
    },
  };
};
