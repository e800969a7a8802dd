/** Where dead letters lie in the state table: all in one partition, and named in that of the upload they tell of. */
import { partitionOf } from './upload-row.ts';

export const LETTERS_PARTITION = 'DEAD';
const NAMED_PREFIX = 'LETTER#';

export const letterKeyOf = (messageId: string) => ({ pk: LETTERS_PARTITION, sk: messageId });

/** The row that names a letter, so that erasing an upload finds it without reading all the others. */
export const namedLetterKeyOf = (uploadId: string, messageId: string) => ({
  pk: partitionOf(uploadId),
  sk: `${NAMED_PREFIX}${messageId}`,
});

/** Undefined for a row that names no letter. */
export const messageIdIn = (sortKey: string): string | undefined =>
  sortKey.startsWith(NAMED_PREFIX) ? sortKey.slice(NAMED_PREFIX.length) : undefined;
