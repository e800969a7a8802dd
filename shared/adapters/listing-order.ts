/** Order and cursor of an owner's listing. */
import { RequestError } from '../domain/errors.ts';

/** Sorts as text by time, and the id makes the order total within a millisecond. */
export const listingKeyOf = (upload: { readonly id: string; readonly createdAt: number }): string =>
  `${new Date(upload.createdAt).toISOString()}#${upload.id}`;

export interface ListingKey {
  readonly createdAt: number;
  readonly id: string;
}

const LISTING_KEY = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)#([!-~]{1,128})$/;

/** Reads a listing key back; undefined when it is none. */
export const parseListingKey = (text: string): ListingKey | undefined => {
  const [, instant, id] = LISTING_KEY.exec(text) ?? [];
  const createdAt = Date.parse(instant ?? '');
  return id === undefined || Number.isNaN(createdAt) ? undefined : { createdAt, id };
};

export const cursorOf = (listingKey: string): string =>
  Buffer.from(listingKey).toString('base64url');

/**
 * The listing key in a cursor. It names no owner: whose uploads are listed never comes from a cursor.
 * @throws RequestError `invalid_request` when it is not a cursor of ours.
 */
export const listingKeyIn = (cursor: string): string => {
  const text = Buffer.from(cursor, 'base64url').toString();
  if (parseListingKey(text) === undefined) {
    throw new RequestError('invalid_request', { detail: 'The cursor is not one of this listing.' });
  }
  return text;
};
