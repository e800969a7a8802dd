/** The order S3 lists keys in: UTF-8 bytes, which differs from JavaScript's UTF-16 order. */

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;

export const compareKeys = (one: string, other: string): number => {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at += 1) {
    const left = one.charCodeAt(at);
    const right = other.charCodeAt(at);
    if (left === right) continue;
    // A surrogate stands for a code point above U+FFFF, so it sorts after every other unit.
    if (isSurrogate(left) !== isSurrogate(right)) return isSurrogate(left) ? 1 : -1;
    return left - right;
  }
  return one.length - other.length;
};

/** First position in `sorted` whose key is not below `key`. */
export const lowerBound = (sorted: readonly string[], key: string): number => {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(sorted[middle] ?? '', key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
};
