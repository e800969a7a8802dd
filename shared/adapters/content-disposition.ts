/** The header that makes a browser save a file under the user's name for it, whatever that name contains. */
import { safeFileName } from '../domain/download.ts';

/** RFC 5987 `attr-char` is smaller than what `encodeURIComponent` leaves alone. */
const encodeExtended = (name: string): string =>
  encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** `attachment` with an ASCII name for old clients and the real one beside it (RFC 6266, 4.3). Always one line of ASCII. */
export const attachmentOf = (fileName: string): string => {
  const name = safeFileName(fileName);
  const ascii = name.replaceAll(/[^ -~]|["%]/gu, '_');
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encodeExtended(name)}`;
};
