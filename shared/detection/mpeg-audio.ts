/** Tells MPEG audio from what only begins like it: other sound behind the same tags, and bytes that are all ones. */

const TAG_HEADER = 10;

const isTagged = (head: Uint8Array): boolean =>
  head[0] === 0x49 && head[1] === 0x44 && head[2] === 0x33;

/** Where the ID3v2 tag ends: its length is in four times seven bits. */
const tagEnd = (head: Uint8Array): number => {
  const [a = 0, b = 0, c = 0, d = 0] = head.subarray(6, TAG_HEADER);
  return TAG_HEADER + ((a << 21) | (b << 14) | (c << 7) | d);
};

/** ISO/IEC 11172-3, 2.4.2.3: a version, a layer, a bit rate and a sampling rate, none of them a value that is none. */
const isFrame = (head: Uint8Array): boolean => {
  const [sync = 0, kind = 0, rates = 0] = head;
  const isSync = sync === 0xff && (kind & 0xe0) === 0xe0;
  const isKnown = (kind & 0x18) !== 0x08 && (kind & 0x06) !== 0;
  return isSync && isKnown && (rates & 0xf0) !== 0xf0 && (rates & 0x0c) !== 0x0c;
};

/** Whether these bytes, which begin like MPEG audio, may be that. */
export const isMpegAudio = (head: Uint8Array): boolean => isTagged(head) || isFrame(head);

const BY_EXTENSION: Readonly<Record<string, string>> = { flac: 'audio/flac', aac: 'audio/aac' };

/**
 * The type of other sound that has the tags of MP3 in front, or undefined. Where the tags are longer than what is looked at, the
 * name must tell.
 */
export const behindTags = (head: Uint8Array, name: string | undefined): string | undefined => {
  if (!isTagged(head)) return undefined;
  const end = tagEnd(head);
  const [first, second = 0, ...rest] = head.subarray(end, end + 4);
  if (first === 0x66 && second === 0x4c && rest[0] === 0x61 && rest[1] === 0x43)
    return 'audio/flac';
  // The sync word of ADTS, with a layer of 0.
  if (first === 0xff && (second & 0xf6) === 0xf0) return 'audio/aac';
  const extension = /\.([a-z]+)$/i.exec(name ?? '')?.[1]?.toLowerCase() ?? '';
  return end >= head.length ? BY_EXTENSION[extension] : undefined;
};
