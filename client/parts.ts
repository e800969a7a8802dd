/** A file in parts: only what has not arrived is sent, a few parts at a time, and then they are made one object. */
import { deliver } from './deliver.ts';
import type { Transport } from './transport.ts';
import type { SignedPart, SignedParts, Upload, UploadedPart } from './types.ts';

/** The calls of the API that a file in parts needs. */
export interface PartsApi {
  signParts(id: string, parts: readonly number[]): Promise<SignedParts>;
  listParts(id: string): Promise<readonly UploadedPart[]>;
  completeParts(id: string): Promise<Upload>;
}

export interface PartsTerms {
  readonly api: Pick<PartsApi, 'signParts' | 'completeParts'>;
  readonly transport: Transport;
  readonly id: string;
  readonly file: Blob;
  /** What has arrived before. */
  readonly there: readonly UploadedPart[];
  readonly signal: AbortSignal;
  readonly onProgress: (sentBytes: number) => void;
}

/** A browser opens six connections to a host; the rest is for whatever else it does. */
const PARTS_AT_ONCE = 3;
/** Parts whose addresses are asked for together; each address lives for an hour. */
const SIGNED_AT_ONCE = 20;

/** Aborts with `outer`, and when one of several pieces of work fails the others. */
const createLinked = (outer: AbortSignal) => {
  const controller = new AbortController();
  const stop = () => controller.abort(outer.reason);
  if (outer.aborted) stop();
  outer.addEventListener('abort', stop, { once: true });
  return { controller, unlink: () => outer.removeEventListener('abort', stop) };
};

/** The addresses of `numbers`, asked for in groups when the first of a group is needed. */
const createAddresses = ({ api, id }: PartsTerms, numbers: readonly number[]) => {
  const groups = new Map<number, Promise<readonly SignedPart[]>>();
  const signed = async (parts: readonly number[]) => (await api.signParts(id, parts)).parts;

  /** @param isFresh the known address has not worked: it may have run out. */
  return async (index: number, isFresh: boolean): Promise<string> => {
    const number = numbers[index] ?? 0;
    const first = index - (index % SIGNED_AT_ONCE);
    if (!isFresh && !groups.has(first)) {
      groups.set(first, signed(numbers.slice(first, first + SIGNED_AT_ONCE)));
    }
    const parts = await (isFresh ? signed([number]) : groups.get(first));
    const part = parts?.find(({ partNumber }) => partNumber === number);
    if (part === undefined) throw new Error(`The service signed no part ${number}.`);
    return part.url;
  };
};

/** Runs `work` for each index, a few at a time. The first failure ends all. */
const forEachIndex = async (count: number, work: (index: number) => Promise<void>) => {
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < count; index = next++) await work(index);
  };
  await Promise.all(Array.from({ length: Math.min(PARTS_AT_ONCE, count) }, lane));
};

/** Resolves with the upload when the storage has put all parts together. @throws ApiError, TransferError. */
export const sendParts = async (terms: PartsTerms): Promise<Upload> => {
  const { api, transport, id, file, there, onProgress } = terms;
  const { partSize, partCount } = await api.signParts(id, [1]);
  const arrived = new Map(there.map(({ PartNumber, Size }) => [PartNumber, Size]));
  const missing = Array.from({ length: partCount }, (_, index) => index + 1).filter(
    (number) => !arrived.has(number),
  );
  const sent = new Map(arrived);
  const tell = (number: number, bytes: number) => {
    sent.set(number, bytes);
    onProgress([...sent.values()].reduce((sum, part) => sum + part, 0));
  };

  const { controller, unlink } = createLinked(terms.signal);
  const { signal } = controller;
  const addressOf = createAddresses(terms, missing);
  try {
    await forEachIndex(missing.length, async (index) => {
      const number = missing[index] ?? 0;
      const body = file.slice((number - 1) * partSize, number * partSize);
      const parcel = async (tries: number) => ({
        method: 'PUT' as const,
        url: await addressOf(index, tries > 0),
        body,
        size: body.size,
        signal,
        onProgress: (bytes: number) => tell(number, Math.min(bytes, body.size)),
      });
      await deliver({ transport, file, parcel, isRenewed: true });
    });
  } catch (error) {
    controller.abort(error);
    throw error;
  } finally {
    unlink();
  }
  return api.completeParts(id);
};
