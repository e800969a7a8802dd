/** The cursor of a scan over all uploads: the place in the store where it stopped. */
import { RequestError } from '../domain/errors.ts';

const PREFIX = 'scan:';

export const scanCursorOf = (...place: readonly string[]): string =>
  Buffer.from(`${PREFIX}${place.join('\n')}`).toString('base64url');

/**
 * The parts of the place, as many as it was made of.
 * @throws RequestError `invalid_request` when it is not a cursor of a scan.
 */
export const scanPlaceIn = (cursor: string, parts: number): readonly string[] => {
  const text = Buffer.from(cursor, 'base64url').toString();
  const place = text.slice(PREFIX.length).split('\n');
  const isOurs = text.startsWith(PREFIX) && place.length === parts && !place.includes('');
  if (isOurs) return place;
  throw new RequestError('invalid_request', { detail: 'The cursor is not one of this scan.' });
};
