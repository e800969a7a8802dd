/**
 * Who waits is told by a Redis channel per upload: one connection of its own for all who wait in this process, because a
 * connection that listens can ask nothing else.
 */
import type { Redis } from 'ioredis';
import type { StatusBell } from '../../ports/status-bell.ts';
import { type BellLine, createBellLine } from '../bell-line.ts';
import type { BoundedRedis } from './bounded-redis.ts';
import { uploadKey } from './keys.ts';

export interface RedisStatusBellOptions {
  /** Used for nothing else. */
  readonly client: Redis;
  /** On that client. */
  readonly redis: BoundedRedis;
}

/** Who comes later looks again and again instead. A sandbox of Lambda has one at a time. */
const MOST_LISTENERS = 1_000;

interface Channel {
  readonly lines: Set<BellLine>;
  /** False when the server did not confirm it in time. */
  readonly confirmed: Promise<boolean>;
}

export const createRedisStatusBell = ({ client, redis }: RedisStatusBellOptions): StatusBell => {
  const channels = new Map<string, Channel>();
  let listeners = 0;

  const forget = (name: string): void => {
    const channel = channels.get(name);
    if (channel === undefined) return;
    channels.delete(name);
    listeners -= channel.lines.size;
    for (const line of channel.lines) line.goDeaf();
  };

  client.on('message', (name: string) => {
    for (const line of channels.get(name)?.lines ?? []) line.ring();
  });
  client.on('close', () => {
    for (const name of [...channels.keys()]) forget(name);
  });

  const subscribe = async (name: string): Promise<boolean> => {
    const reply = await redis.run((subscriber) => subscriber.subscribe(name));
    return reply.kind === 'answered';
  };

  const leave = (name: string, channel: Channel, line: BellLine): void => {
    if (!channel.lines.delete(line) || channels.get(name) !== channel) return;
    listeners -= 1;
    if (channel.lines.size > 0) return;
    channels.delete(name);
    // Nobody waits for the answer: with no timer of ours left, a sandbox that is frozen now finds nothing overdue.
    client.unsubscribe(name).catch(() => undefined);
  };

  const join = async (name: string): Promise<BellLine | undefined> => {
    const channel = channels.get(name) ?? { lines: new Set(), confirmed: subscribe(name) };
    channels.set(name, channel);
    const line = createBellLine((leaving) => leave(name, channel, leaving));
    channel.lines.add(line);
    listeners += 1;
    const isConfirmed = await channel.confirmed;
    if (!isConfirmed && channels.get(name) === channel) forget(name);
    return isConfirmed ? line : undefined;
  };

  return {
    async listen(ref) {
      if (listeners >= MOST_LISTENERS) return undefined;
      const line = await join(uploadKey(ref));
      if (line === undefined || line.isListening()) return line;
      // The connection had died while the sandbox was frozen, and was found out by this very question.
      return join(uploadKey(ref));
    },
  };
};
