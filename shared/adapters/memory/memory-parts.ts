/** Parts in memory, and which upload they belong to. What is completed is put into the memory bucket and announced. */
import { createHash } from 'node:crypto';
import type {
  PartStore,
  PartsRef,
  PartsRegister,
  PartTerms,
  UploadedPart,
} from '../../ports/part-store.ts';

export interface MemoryPartStore extends PartStore {
  /** Sends one part to an address of `signPart`, as a client would. */
  sendPart(url: string, bytes: Uint8Array): 'stored' | 'refused' | 'gone';
  /** What was begun and neither completed nor aborted. */
  open(): readonly PartsRef[];
  /** Aborts everything that was begun for a key. */
  abortKey(key: string): Promise<void>;
}

interface Begun {
  readonly key: string;
  readonly parts: Map<number, Uint8Array>;
}

const eTagOf = (bytes: Uint8Array): string => `"${createHash('md5').update(bytes).digest('hex')}"`;

export const createMemoryPartStore = (
  put: (key: string, bytes: Uint8Array) => unknown,
): MemoryPartStore => {
  const begun = new Map<string, Begun>();
  const signed = new Map<string, PartTerms>();
  let last = 0;
  return {
    async begin(key) {
      last += 1;
      begun.set(`parts-${last}`, { key, parts: new Map() });
      return `parts-${last}`;
    },
    async signPart(terms) {
      const url = `memory://parts/${terms.multipartId}/${terms.partNumber}#${signed.size}`;
      signed.set(url, terms);
      return url;
    },
    async listParts({ multipartId }) {
      const found = begun.get(multipartId);
      if (found === undefined) return undefined;
      return [...found.parts.entries()]
        .map(
          ([PartNumber, bytes]): UploadedPart => ({
            PartNumber,
            Size: bytes.length,
            ETag: eTagOf(bytes),
          }),
        )
        .sort((left, right) => left.PartNumber - right.PartNumber);
    },
    async completeParts({ key, multipartId }, parts) {
      const found = begun.get(multipartId);
      if (found === undefined) return false;
      begun.delete(multipartId);
      put(
        key,
        Buffer.concat(
          parts.map(({ PartNumber }) => found.parts.get(PartNumber) ?? new Uint8Array()),
        ),
      );
      return true;
    },
    async abortParts({ multipartId }) {
      begun.delete(multipartId);
    },
    sendPart(url, bytes) {
      const terms = signed.get(url);
      const found = terms && begun.get(terms.multipartId);
      if (terms === undefined || found === undefined) return 'gone';
      if (bytes.length !== terms.size) return 'refused';
      found.parts.set(terms.partNumber, bytes.slice());
      return 'stored';
    },
    open: () => [...begun].map(([multipartId, { key }]) => ({ key, multipartId })),
    async abortKey(key) {
      for (const [multipartId, one] of begun) if (one.key === key) begun.delete(multipartId);
    },
  };
};

export interface MemoryPartsRegister extends PartsRegister {
  /** The uploads that an id is bound to. */
  bound(): ReadonlySet<string>;
  /** Lets go of whatever is bound to an upload. */
  forget(uploadId: string): void;
}

export const createMemoryPartsRegister = (): MemoryPartsRegister => {
  const bound = new Map<string, string>();
  return {
    bound: () => new Set(bound.keys()),
    forget: (uploadId) => void bound.delete(uploadId),
    find: async (uploadId) => bound.get(uploadId),
    async bind(uploadId, multipartId) {
      const standing = bound.get(uploadId) ?? multipartId;
      bound.set(uploadId, standing);
      return standing;
    },
    async release(uploadId, multipartId) {
      if (bound.get(uploadId) === multipartId) bound.delete(uploadId);
    },
  };
};
