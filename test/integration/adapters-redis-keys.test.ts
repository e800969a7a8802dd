/** What the status board writes into Redis, and what it makes of keys that others wrote, changed or took away. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentOf } from '../../shared/domain/status.ts';
import { awaiting } from '../conformance/upload-store/stories.ts';
import { countingCommands, openRedis, PATIENT_MS, type TestRedis } from '../support/redis.ts';
import { keyOf, openBoard, shown } from '../support/redis-board.ts';

describe('status board: when Redis misbehaves', () => {
  let redis: TestRedis;
  let raw: Redis;
  beforeAll(async () => {
    redis = await openRedis({ own: true });
    raw = new Redis(redis.url);
    raw.on('error', () => undefined);
  });
  afterAll(async () => {
    raw.disconnect();
    await redis.close();
  });

  it('needs one command for a poll', async () => {
    const { close, board, desk } = openBoard(redis.url, PATIENT_MS);
    const { find } = await shown({ board, desk });
    const calls = await countingCommands(raw);
    await find();
    expect(await calls()).toEqual({ get: 1 });
    close();
  });

  it('gives every key an end: days while it lives, a day after', async () => {
    const { close, board, desk } = openBoard(redis.url, PATIENT_MS);
    const { document, key } = await shown({ board, desk });
    const hours = async () => Math.round((await raw.pttl(key)) / 3_600_000);
    expect(await hours()).toBe(7 * 24);
    const status = { ...document.status, rev: 9, state: 'completed' } as const;
    await board.show({ ...document, status });
    expect(await hours()).toBe(24);
    await board.claim({ key: 'some', token: 'a', seconds: 30 });
    expect(await raw.pttl('l:{some}')).toBeGreaterThan(20_000);
    for (const left of await raw.keys('*')) expect(await raw.pttl(left), left).toBeGreaterThan(0);
    close();
  });

  it('takes garbage away and says that nothing is there', async () => {
    const { close, board, desk } = openBoard(redis.url, PATIENT_MS);
    const part = (key: string, change: (text: string) => string) => async () =>
      raw.set(key, change((await raw.get(key)) ?? ''));
    const spoil: readonly ((key: string) => Promise<unknown>)[] = [
      (key) => part(key, (text) => text.slice(0, -1))(),
      (key) => part(key, (text) => text.replace('digest', 'profile'))(),
      (key) => part(key, (text) => text.replace('S2 ', 'S9 '))(),
      (key) => part(key, (text) => text.replace(' processing ', ' nonsense '))(),
      (key) => part(key, (text) => text.replace('\n', ' 7\n'))(),
      (key) => part(key, (text) => text.replace(/:\d+;/, ':7;'))(),
      (key) => part(key, (text) => `${text.slice(0, text.indexOf('\n'))}\n\n\n{}`)(),
      (key) => raw.set(key, '{"tenant":"dev","owner":"a","status":{"id":7}}'),
      (key) => raw.set(key, 'S2'),
      (key) => raw.set(key, '\n\n\n'),
      (key) => raw.set(key, 'x'.repeat(2_000_000)),
      (key) => raw.set(key, Buffer.from([0xff, 0x00, 0xfe])),
    ];
    for (const spoiling of spoil) {
      const { document, key, find } = await shown({ board, desk });
      await spoiling(key);
      expect(await find(), String(spoiling)).toBe('missing');
      expect(await raw.exists(key)).toBe(0);
      expect(await board.show(document)).toBe('shown');
      expect(await find()).toMatchObject({ marks: {} });
    }
    close();
  });

  it('ignores marks that nobody of us wrote', async () => {
    const { close, board, desk } = openBoard(redis.url, PATIENT_MS);
    const { key, find } = await shown({ board, desk });
    const [head, , ...rest] = ((await raw.get(key)) ?? '').split('\n');
    const marks = 'digest=NaN:1:1;=1:2:3;x=y;profile=1:1;;=;digest';
    await raw.set(key, [head, marks, ...rest].join('\n'));
    expect(await find()).toMatchObject({ ready: {}, marks: {} });
    close();
  });

  it('writes no mark for an upload that is not shown, and keeps none of an earlier generation', async () => {
    const { close, board, desk } = openBoard(redis.url, PATIENT_MS);
    const unseen = documentOf(awaiting());
    const markOf = ({ tenant, owner, status }: typeof unseen) => ({
      tenant,
      owner,
      uploadId: status.id,
      generation: status.generation,
      startedAt: Date.now(),
      attempt: 1,
      steps: ['digest'],
    });
    await board.mark(markOf(unseen));
    expect(await raw.exists(keyOf(unseen))).toBe(0);

    const { document, key } = await shown({ board, desk });
    await board.mark(markOf(document));
    expect(await raw.get(key)).toContain('\ndigest=1:');
    await board.show({ ...document, status: { ...document.status, rev: 9, generation: 2 } });
    expect(await raw.get(key)).not.toContain('digest=');
    close();
  });

  it('shows no document that is about another upload or tenant than its key', async () => {
    const { close, board, desk } = openBoard(redis.url, PATIENT_MS);
    const { document, key, find } = await shown({ board, desk });
    const others = [
      { ...document, tenant: 'other' },
      { ...document, owner: 'other' },
      { ...document, status: { ...document.status, id: 'upl_other' } },
    ];
    for (const other of others) {
      await board.show(other);
      await raw.copy(keyOf(other), key, 'REPLACE');
      expect(await find()).toBe('missing');
    }
    close();
  });

  it('shows over a key of another type', async () => {
    const { close, board, desk } = openBoard(redis.url, PATIENT_MS);
    const document = documentOf(awaiting());
    const { tenant, owner, status } = document;
    const mark = { tenant, owner, uploadId: status.id, generation: 1, startedAt: 1, attempt: 1 };
    await raw.rpush(keyOf(document), 'not ours');
    await board.mark({ ...mark, steps: ['digest'] });
    expect(await desk.look(document, status.id)).toMatchObject({ found: 'missing' });
    expect(await board.show(document)).toBe('shown');
    expect(await desk.look(document, status.id)).toMatchObject({ found: { marks: {} } });
    close();
  });

  it('misses what was flushed, scripts included, and shows again', async () => {
    const { close, board, desk } = openBoard(redis.url, PATIENT_MS);
    const { document, find } = await shown({ board, desk });
    await raw.flushall();
    await raw.script('FLUSH');
    expect(await find()).toBe('missing');
    expect(await board.show(document)).toBe('shown');
    close();
  });
});
