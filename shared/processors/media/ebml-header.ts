/** Whether the header of a Matroska or WebM file is sound: readers that guess would go on with a damaged one. */

/** RFC 8794: the first element, its document type, and how long ids and sizes may be. */
const EBML = 0x1a45dfa3;
const DOCTYPE = 0x4282;
const MOST_ID_BYTES = 4;
const MOST_SIZE_BYTES = 8;

export const HEADER_BYTES = 4096;

interface Number {
  readonly value: number;
  readonly end: number;
}

/** The leading zeros of the first byte say how many more follow. An id keeps its marker, a size drops it. */
const readNumber = (bytes: Uint8Array, at: number, most: number): Number | undefined => {
  const first = bytes[at] ?? 0;
  const length = Math.clz32(first) - 23;
  if (length > most || at + length > bytes.length) return undefined;
  let value = most === MOST_ID_BYTES ? first : first & (0xff >> length);
  for (let next = 1; next < length; next += 1) value = value * 256 + (bytes[at + next] ?? 0);
  return { value, end: at + length };
};

/** Elements of the header, or undefined as soon as one is damaged. */
export const isSoundEbml = (head: Buffer): boolean => {
  const id = readNumber(head, 0, MOST_ID_BYTES);
  const size = id && readNumber(head, id.end, MOST_SIZE_BYTES);
  if (id?.value !== EBML || size === undefined) return false;
  const end = size.end + size.value;
  if (end > head.length) return false;
  let doctype = '';
  for (let at = size.end; at < end; ) {
    const name = readNumber(head, at, MOST_ID_BYTES);
    const length = name && readNumber(head, name.end, MOST_SIZE_BYTES);
    if (name === undefined || length === undefined || length.end + length.value > end) return false;
    at = length.end + length.value;
    if (name.value === DOCTYPE) doctype = head.toString('latin1', length.end, at);
  }
  return /^(?:matroska|webm)\0*$/.test(doctype);
};
