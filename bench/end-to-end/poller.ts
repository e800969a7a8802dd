/** Asks for the status of one upload as a sandbox of `get-upload` does: its use case, over a connection of its own. */

import { createJsonLogger } from '../../shared/adapters/json-logger.ts';
import { createMemoryUploadStore } from '../../shared/adapters/memory/memory-upload-store.ts';
import { createBoundedRedis } from '../../shared/adapters/redis/bounded-redis.ts';
import { createRedisClient } from '../../shared/adapters/redis/client.ts';
import {
  createStatusBoardOn,
  createStatusDeskOn,
} from '../../shared/adapters/redis/redis-status-board.ts';
import { createSystemClock } from '../../shared/adapters/system-clock.ts';
import { createSystemRandom } from '../../shared/adapters/system-random.ts';
import { documentOf } from '../../shared/domain/status.ts';
import { inTurns } from '../../shared/usecases/in-turns.ts';
import { createReadStatus } from '../../shared/usecases/read-status.ts';
import { processing } from '../../test/support/factories.ts';

export interface Poller {
  /** Shows the status of so many other uploads, each of its own. */
  showOthers(count: number): Promise<void>;
  /** @throws Error when the answer does not come from Redis. */
  poll(): Promise<void>;
  close(): void;
}

export const createPoller = async (redisUrl: string): Promise<Poller> => {
  const clock = createSystemClock();
  const client = createRedisClient(redisUrl);
  const logger = createJsonLogger({ level: 'error' });
  const redis = createBoundedRedis({ client, logger, clock, commandMs: 10_000 });
  const board = createStatusBoardOn(redis, clock);
  const readStatus = createReadStatus({
    store: createMemoryUploadStore(),
    board,
    desk: createStatusDeskOn(redis, clock),
    clock,
    random: createSystemRandom(),
  });
  const upload = processing({ updatedAt: clock.now() });
  const { tenant, owner, id } = upload;
  let shownAt = Number.NEGATIVE_INFINITY;
  return {
    async showOthers(count) {
      const others = Array.from({ length: count }, (_, index) => `upl_other${index}`);
      await inTurns(others, (other) => board.show(documentOf({ ...upload, id: other })));
    },
    async poll() {
      // Younger than what would be held against the state.
      if (clock.now() - shownAt > 10_000) {
        shownAt = clock.now();
        await board.show(documentOf(upload));
      }
      const { source } = await readStatus({ tenant, owner, confirm: async () => true }, id);
      if (source !== 'cache') throw new Error(`A poll was answered from the ${source}.`);
    },
    close: () => client.disconnect(),
  };
};
