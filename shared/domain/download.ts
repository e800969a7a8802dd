/** Under which name and as which type a derived file is handed out, whatever its upload was called and whoever made it. */

/** Long enough for people. */
const MAX_CHARACTERS = 200;
/** File systems end at 255, and who saves a second one gets ` (1)`. */
const MAX_BYTES = 240;

/**
 * Control characters and line breaks split headers, direction marks make `exe.png` look like `gnp.exe`, slashes and
 * leading dots and dashes make paths, hidden files and options.
 */
const UNSAFE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069/\\]|^[.-]+/gu;

const FALLBACK_NAME = 'download';

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** As many whole characters from the start as fit. */
const cut = (text: string, characters: number, bytes: number): string => {
  let [kept, left] = ['', bytes];
  for (const character of [...text].slice(0, characters)) {
    left -= bytesOf(character);
    if (left < 0) break;
    kept += character;
  }
  return kept;
};

/** A name that is safe to save under. */
export const safeFileName = (name: string): string => {
  const safe = cut(name.trim().replaceAll(UNSAFE, '_'), MAX_CHARACTERS, MAX_BYTES).trim();
  return safe === '' ? FALLBACK_NAME : safe;
};

/**
 * The user's name for the file, then what was made of it. Of a name that is too long the user's part is cut, so that the
 * end still says what it is.
 * @param made plain ASCII, as processors name their files.
 */
export const downloadName = (uploaded: string, made: string): string => {
  const rest = `.${made}`;
  const stem = cut(
    safeFileName(uploaded),
    MAX_CHARACTERS - rest.length,
    MAX_BYTES - rest.length,
  ).trim();
  return `${stem}${rest}`;
};

/** What no browser runs, were it ever shown. */
const PASSIVE =
  /^(?:image\/(?:png|jpeg|gif|webp|avif)|text\/(?:plain|csv)|application\/(?:json|x-ndjson))(?:; charset=[\w-]+)?$/;

/** The type that a derived file is sent as: its own, or, were it one that can hold a script (HTML, SVG, XML, PDF), plain bytes. */
export const downloadType = (contentType: string): string =>
  PASSIVE.test(contentType) ? contentType : 'application/octet-stream';
