/** Which dead letters go with their upload when it is deleted: the same for every store of letters. */
import type { DeadLetter } from '../ports/dead-letter-store.ts';

/** A lane message names the file and what was found in it. A notification tells only that there was an end, as the tombstone does. */
export const tellsOfFile = (
  letter: DeadLetter,
): letter is DeadLetter & { readonly uploadId: string } =>
  letter.uploadId !== undefined && letter.queue !== 'notifications';
