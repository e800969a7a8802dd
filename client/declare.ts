/** What is told of a file before it is sent. */
import type { DeclaredFile } from './types.ts';

export interface Declaration {
  /** The file's own by default. */
  readonly name?: string | undefined;
  readonly type?: string | undefined;
  /** Lower-case hexadecimal; other bytes are then refused. */
  readonly sha256?: string | undefined;
  /** What is asked of its processing. */
  readonly options?: DeclaredFile['options'];
}

const MOST_NAME_CHARACTERS = 255;

/** A name that is too long keeps its ending. */
const shortened = (name: string): string => {
  if (name.length <= MOST_NAME_CHARACTERS) return name;
  const ending = /\.[^.]{1,16}$/.exec(name)?.[0] ?? '';
  return name.slice(0, MOST_NAME_CHARACTERS - ending.length) + ending;
};

/** A type that the API would not take is not told: what a file is, its bytes say. */
const plainType = (type: string): string | undefined => {
  const plain = type.toLowerCase().split(';')[0]?.trim() ?? '';
  return plain.length <= 127 && /^[\w.+-]+\/[\w.+-]+$/.test(plain) ? plain : undefined;
};

const nameOf = (file: Blob): string =>
  'name' in file && typeof file.name === 'string' ? file.name : '';

/** The body of `POST /uploads` for this file. */
export const declare = (file: Blob, told: Declaration = {}): DeclaredFile => {
  const type = plainType(told.type ?? file.type);
  return {
    name: shortened(told.name ?? nameOf(file)) || 'file',
    size: file.size,
    ...(type === undefined ? {} : { type }),
    ...(told.sha256 === undefined ? {} : { sha256: told.sha256 }),
    ...(told.options === undefined ? {} : { options: told.options }),
  };
};
