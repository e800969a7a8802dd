/** The header that makes a browser save a file under the user's name for it, whatever that name contains. */

/** Long enough for people; file systems end at 255 bytes anyway. */
const MAX_CHARACTERS = 200;

/** Control characters split headers, direction marks make `exe.png` look like `gnp.exe`, slashes make paths. */
const UNSAFE = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069/\\]/gu;

const FALLBACK_NAME = 'download';

/** RFC 5987 `attr-char` is smaller than what `encodeURIComponent` leaves alone. */
const encodeExtended = (name: string): string =>
  encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** `attachment` with an ASCII name for old clients and the real one beside it (RFC 6266, 4.3). Always one line of ASCII. */
export const attachmentOf = (fileName: string): string => {
  const safe = [...fileName.replaceAll(UNSAFE, '_')].slice(0, MAX_CHARACTERS).join('').trim();
  const name = safe === '' || safe === '.' || safe === '..' ? FALLBACK_NAME : safe;
  const ascii = name.replaceAll(/[^ -~]|["%]/gu, '_');
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encodeExtended(name)}`;
};
