/** Chapter: the incoming side, put and listed. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { NonRetryableError, RetryableError } from '../../../shared/domain/errors.ts';
import type { ObjectVersion } from '../../../shared/domain/object-version.ts';
import type { ObjectStore } from '../../../shared/ports/object-store.ts';
import { anyKey, type ObjectStoreSetup } from './setup.ts';

export const describeIncoming = (open: () => ObjectStoreSetup): void => {
  let running: ObjectStoreSetup;
  let store: ObjectStore;
  beforeAll(() => {
    running = open();
    store = running.store;
  });

  describe('putIncoming', () => {
    const terms = { size: 10, type: 'application/octet-stream' };
    const pieces = (...texts: readonly string[]): Readable =>
      Readable.from(texts.map((piece) => Buffer.from(piece)));

    it('puts exactly the announced bytes, once', async () => {
      const key = anyKey();

      expect(await store.putIncoming(key, pieces('hello', 'world'), terms)).toBe(true);
      const version = await store.latest(key);
      expect(await store.putIncoming(key, pieces('other', 'bytes'), terms)).toBe(false);

      expect(await store.latest(key)).toEqual(version);
      expect(version?.size).toBe(10);
      expect(await text(await store.open(version!))).toBe('helloworld');
    });

    it('puts an empty object', async () => {
      const key = anyKey();

      expect(await store.putIncoming(key, pieces(), { ...terms, size: 0 })).toBe(true);

      expect(await store.latest(key)).toMatchObject({ size: 0 });
    });

    it('puts one of two at one instant; the other is told so, or to try again', async () => {
      const key = anyKey();

      const answers = await Promise.allSettled([
        store.putIncoming(key, pieces('hello', 'world'), terms),
        store.putIncoming(key, pieces('hello', 'world'), terms),
      ]);

      const put = answers.filter((answer) => answer.status === 'fulfilled' && answer.value);
      expect(put).toHaveLength(1);
      for (const answer of answers) {
        if (answer.status === 'fulfilled') continue;
        expect(answer.reason).toMatchObject({ code: 'storage_unavailable', retryable: true });
      }
    });

    it('leaves nothing of a body that fails, and throws what it failed with', async () => {
      const key = anyKey();
      const failure = new NonRetryableError('corrupt', { detail: 'In the middle.' });
      const body = Readable.from(
        (async function* () {
          yield Buffer.from('hello');
          throw failure;
        })(),
      );

      await expect(store.putIncoming(key, body, terms)).rejects.toBe(failure);

      expect(await store.latest(key)).toBeUndefined();
    });

    it('stops at once when it is told to', async () => {
      const key = anyKey();
      const reason = new RetryableError('deadline_exceeded');
      const controller = new AbortController();
      const body = new Readable({ read: () => undefined });
      setTimeout(() => controller.abort(reason), 20);

      const put = store.putIncoming(key, body, { ...terms, signal: controller.signal });

      await expect(put).rejects.toBe(reason);
      expect(await store.latest(key)).toBeUndefined();
    });
  });

  describe('listIncoming', () => {
    it('lists the latest versions in key order, page by page, without what was removed', async () => {
      const prefix = `incoming/dev/${randomUUID()}/`;
      // XML cannot carry the control character.
      const kept = ['a b', 'a+b', 'b', 'c\u0001d', 'z ü'].map((part) => `${prefix}${part}`);
      for (const key of [...kept, `${prefix}gone`]) await running.put(key, 'first');
      await running.put(`${prefix}b`, 'second version');
      await running.remove(`${prefix}gone`);

      const seen: ObjectVersion[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.listIncoming(cursor, 3);
        expect(page.objects.length).toBeLessThanOrEqual(3);
        seen.push(...page.objects);
        cursor = page.cursor;
      } while (cursor !== undefined);

      const ours = seen.filter(({ key }) => key.startsWith(prefix));
      expect(ours.map(({ key }) => key)).toEqual(kept);
      expect(ours[2]).toMatchObject({ size: 14, bucket: running.uploadsBucket });
      const { eTag, lastModified } = (await store.latest(`${prefix}b`)) as ObjectVersion;
      expect(ours[2]).toMatchObject({ eTag, lastModified });
    });
  });
};
