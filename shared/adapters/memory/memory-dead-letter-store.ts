/** Dead letters in memory, for tests and the simulator. */
import type { DeadLetter, DeadLetterStore } from '../../ports/dead-letter-store.ts';

export interface MemoryDeadLetterStore extends DeadLetterStore {
  all(): readonly DeadLetter[];
}

export const createMemoryDeadLetterStore = (): MemoryDeadLetterStore => {
  const letters = new Map<string, DeadLetter>();
  const all = () =>
    [...letters.values()].sort((left, right) => (left.messageId < right.messageId ? -1 : 1));
  return {
    all,
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
