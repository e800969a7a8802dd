/** Whether a picture in boxes (ISO/IEC 14496-12: HEIC, AVIF) is all there. */

const HEADER = 8;
const LONG_HEADER = 16;
/** Instead of a length: the box goes on to the end of the file, or its length has 64 bits. */
const TO_THE_END = 0;
const IS_LONG = 1;

/** True when the last box ends where the file does, or before it. Bytes behind it that are no box do not matter. */
export const isWholeInBoxes = (bytes: Buffer): boolean => {
  let at = 0;
  while (at + HEADER <= bytes.length) {
    const short = bytes.readUInt32BE(at);
    if (short === TO_THE_END) return true;
    const isLong = short === IS_LONG && at + LONG_HEADER <= bytes.length;
    const length = isLong ? Number(bytes.readBigUInt64BE(at + HEADER)) : short;
    if (length < (isLong ? LONG_HEADER : HEADER)) return false;
    at += length;
  }
  return at <= bytes.length;
};
