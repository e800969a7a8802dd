/** Status boards over a real Redis, for tests that hurt it. */
import { expect } from 'vitest';
import { createMemoryLogger } from '../../shared/adapters/memory/memory-logger.ts';
import { createBoundedRedis } from '../../shared/adapters/redis/bounded-redis.ts';
import { createRedisClient } from '../../shared/adapters/redis/client.ts';
import { uploadKey } from '../../shared/adapters/redis/keys.ts';
import { createRedisStatusBell } from '../../shared/adapters/redis/redis-status-bell.ts';
import {
  createStatusBoardOn,
  createStatusDeskOn,
} from '../../shared/adapters/redis/redis-status-board.ts';
import { createSystemClock } from '../../shared/adapters/system-clock.ts';
import { documentOf, type StatusDocument } from '../../shared/domain/status.ts';
import { processing } from '../conformance/upload-store/stories.ts';

const clock = createSystemClock();

export const openBoard = (url: string, commandMs?: number) => {
  const logs = createMemoryLogger();
  const client = createRedisClient(url);
  const listening = createRedisClient(url);
  const terms = { logger: logs, clock, commandMs };
  const redis = createBoundedRedis({ client, ...terms });
  const ear = createBoundedRedis({ client: listening, ...terms });
  return {
    logs,
    redis,
    board: createStatusBoardOn(redis, clock),
    desk: createStatusDeskOn(redis, clock),
    bell: createRedisStatusBell({ client: listening, redis: ear }),
    close() {
      client.disconnect();
      listening.disconnect();
    },
  };
};

/** Where a document lies. */
export const keyOf = ({ tenant, owner, status }: StatusDocument): string =>
  uploadKey({ tenant, owner, uploadId: status.id });

/** A document that the board shows, where it lies, and how a reader finds it. */
export const shown = async ({
  board,
  desk,
}: Pick<ReturnType<typeof openBoard>, 'board' | 'desk'>) => {
  const document = documentOf(processing());
  expect(await board.show(document)).toBe('shown');
  const find = async () => (await desk.look(document, document.status.id)).found;
  return { document, key: keyOf(document), find };
};
