/** The index of contents in memory, with the same answers as DynamoDB. */
import type { Content, ContentIndex } from '../../ports/content-index.ts';

export interface MemoryContentIndex extends ContentIndex {
  /** Everything that is remembered, by upload. */
  uploads(): readonly string[];
}

export const createMemoryContentIndex = (): MemoryContentIndex => {
  const uploads = new Map<string, string>();
  const keyOf = ({ tenant, sha256 }: Content): string => JSON.stringify([tenant, sha256]);
  return {
    find: async (content) => uploads.get(keyOf(content)),
    async remember(content, uploadId) {
      uploads.set(keyOf(content), uploadId);
    },
    async forget(content, uploadId) {
      if (uploads.get(keyOf(content)) === uploadId) uploads.delete(keyOf(content));
    },
    uploads: () => [...uploads.values()],
  };
};
