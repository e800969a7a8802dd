/** Archives that are told by their type alone. What lists them is a megabyte of WebAssembly, or under a licence that does not go with ours. */
import { SkippedError } from '../../domain/errors.ts';

/** By the names that people know them by. */
const NAMES: Readonly<Record<string, string>> = {
  'application/x-7z-compressed': '7z',
  'application/x-rar-compressed': 'RAR',
  'application/x-lzma': 'LZMA',
  'application/x-xar': 'xar',
};

export const UNLISTED_TYPES = Object.keys(NAMES);

/** @throws SkippedError `unsupported` that names the kind, for a type that is one of `UNLISTED_TYPES`. */
export const skipUnlisted = (type: string): void => {
  const name = NAMES[type];
  if (name === undefined) return;
  throw new SkippedError('unsupported', {
    detail: `It is an archive of the kind ${name}: what such archives hold is not listed.`,
  });
};
