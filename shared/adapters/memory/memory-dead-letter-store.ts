/** Dead letters in memory, for tests and the simulator. */
import type { DeadLetter, DeadLetterStore } from '../../ports/dead-letter-store.ts';
import { tellsOfFile } from '../letter-terms.ts';

export interface MemoryDeadLetterStore extends DeadLetterStore {
  all(): readonly DeadLetter[];
  /** Forgets what tells of an upload's file. */
  forgetOf(uploadId: string): void;
}

export const createMemoryDeadLetterStore = (): MemoryDeadLetterStore => {
  const letters = new Map<string, DeadLetter>();
  const all = () =>
    [...letters.values()].sort((left, right) => (left.messageId < right.messageId ? -1 : 1));
  return {
    all,
    forgetOf(uploadId) {
      const own = all().filter((letter) => tellsOfFile(letter) && letter.uploadId === uploadId);
      for (const { messageId } of own) letters.delete(messageId);
    },
    async keep(letter) {
      letters.set(letter.messageId, letter);
    },
    async list(limit, cursor) {
      const rest = all().filter(({ messageId }) => cursor === undefined || messageId > cursor);
      const page = rest.slice(0, limit);
      return { letters: page, cursor: rest.length > limit ? page.at(-1)?.messageId : undefined };
    },
    async forget(messageId) {
      letters.delete(messageId);
    },
  };
};
