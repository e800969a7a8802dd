/** The status board and the group board in a real Redis keep the promises of their ports. */
import { describe, expect, it } from 'vitest';
import { LONGEST_LEASE_MS } from '../../shared/adapters/board-terms.ts';
import { createMemoryLogger } from '../../shared/adapters/memory/memory-logger.ts';
import { createBoundedRedis } from '../../shared/adapters/redis/bounded-redis.ts';
import { createRedisClient } from '../../shared/adapters/redis/client.ts';
import { leaseKey } from '../../shared/adapters/redis/keys.ts';
import { createRedisGroupBoard } from '../../shared/adapters/redis/redis-group-board.ts';
import { createSystemClock } from '../../shared/adapters/system-clock.ts';
import { describeGroupBoard, groupDocumentOf } from '../conformance/group-board.ts';
import { describeStatusBoard } from '../conformance/status-board.ts';
import { openRedis, PATIENT_MS } from '../support/redis.ts';
import { openBoard } from '../support/redis-board.ts';

const clock = createSystemClock();

describe.each([
  ['Redis', false],
  ['Redis in cluster mode', true],
])('%s', (name, cluster) => {
  describeStatusBoard(name, async () => {
    const redis = await openRedis({ cluster });
    const { board, desk, bell, close } = openBoard(redis.url, PATIENT_MS);
    return {
      ...{ board, desk, bell },
      now: clock.now,
      async close() {
        close();
        await redis.close();
      },
    };
  });
});

const openGroupBoard = async () => {
  const redis = await openRedis();
  const client = createRedisClient(redis.url);
  const logger = createMemoryLogger();
  const board = createRedisGroupBoard(
    createBoundedRedis({ client, logger, clock, commandMs: PATIENT_MS }),
  );
  return {
    client,
    board,
    async close() {
      client.disconnect();
      await redis.close();
    },
  };
};

describeGroupBoard('Redis', openGroupBoard);

it('C15: garbage under the key of a group is nothing, and makes room for what is right', async () => {
  const { client, board, close } = await openGroupBoard();
  const key = 'g:{acme/grp_1}';
  try {
    await client.connect();
    for (const spoil of [
      () => client.hset(key, 'rev', 1e15, 'doc', '{"tenant":"acme"'),
      () => client.hset(key, 'rev', 1e15, 'doc', JSON.stringify(groupDocumentOf('grp_2', 1))),
      () => client.set(key, 'text'),
    ]) {
      await client.del(key);
      await spoil();

      expect(await board.findGroup('acme', 'grp_1')).toBe('missing');
      expect(await board.showGroup(groupDocumentOf('grp_1', 7))).toBe('shown');
      expect(await board.findGroup('acme', 'grp_1')).toMatchObject({ status: { rev: 7 } });
      expect(await client.pttl(key)).toBeGreaterThan(0);
    }
  } finally {
    await close();
  }
});

it('C15: a lease that nobody of ours can hold is taken, and one of ours is not', async () => {
  const redis = await openRedis();
  const { board, close } = openBoard(redis.url, PATIENT_MS);
  const client = createRedisClient(redis.url);
  const key = 'upl/1/step';
  const at = leaseKey({ key });
  const claim = (token: string) => board.claim({ key, token, seconds: 60 });
  try {
    await client.connect();
    for (const spoil of [
      () => client.set(at, 'nobody'),
      () => client.set(at, 'nobody', 'PX', LONGEST_LEASE_MS + 10_000),
      () => client.hset(at, 'holder', 'nobody'),
    ]) {
      await client.del(at);
      await spoil();

      expect(await claim('a')).toBe('claimed');
      expect(await claim('b')).toBe('held');
      expect(await client.pttl(at)).toBeLessThanOrEqual(60_000);
    }
  } finally {
    client.disconnect();
    close();
    await redis.close();
  }
});
