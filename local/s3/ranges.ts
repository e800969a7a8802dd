/** Byte ranges of GET and HEAD. */
import { S3Error } from './errors.ts';

export interface ByteRange {
  /** First and last byte, both included. */
  readonly start: number;
  readonly end: number;
}

/**
 * The one range a header asks of `size` bytes; undefined when the whole object is to be sent,
 * which is also S3's answer to a header it cannot read and to several ranges at once.
 * Throws InvalidRange (416) when the range lies outside the object.
 */
export const readRange = (header: string | undefined, size: number): ByteRange | undefined => {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start > end || (first === '' && Number(last) === 0)) {
    throw new S3Error({
      code: 'InvalidRange',
      status: 416,
      message: 'The requested range is not satisfiable',
      fields: { RangeRequested: header ?? '', ActualObjectSize: String(size) },
      headers: { 'content-range': `bytes */${size}` },
    });
  }
  return { start, end };
};
