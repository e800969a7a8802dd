/** Chapter: what is read of an object, by version or by ETag. */
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { NonRetryableError } from '../../../shared/domain/errors.ts';
import type { ObjectStore } from '../../../shared/ports/object-store.ts';
import { anyKey, type ObjectStoreSetup, PEEK, toolsOf } from './setup.ts';

export const describeReading = (open: () => ObjectStoreSetup): void => {
  const { pointer, stored } = toolsOf(open);
  let running: ObjectStoreSetup;
  let store: ObjectStore;
  beforeAll(() => {
    running = open();
    store = running.store;
  });

  describe('peek', () => {
    it('gives the first bytes and the whole version', async () => {
      const key = anyKey();
      const version = await stored(key, 'twenty-six letters are long');
      const peeked = await store.peek(pointer(key), PEEK);
      expect(Buffer.from(peeked?.head ?? []).toString()).toBe('twenty-six lette');
      expect(peeked?.object).toEqual(version);
      expect(version).toMatchObject({ ...pointer(key), size: 27 });
      expect(version.lastModified % 1_000).toBe(0);
      expect(version.eTag).toMatch(/^[0-9a-f]{32}$/);
    });

    it('gives all of an object that is smaller than asked for', async () => {
      const key = anyKey();
      await running.put(key, 'abc');
      const peeked = await store.peek(pointer(key), PEEK);
      expect(Buffer.from(peeked?.head ?? []).toString()).toBe('abc');
      expect(peeked?.object.size).toBe(3);
    });

    it('gives no bytes of an empty object, and its version all the same', async () => {
      const key = anyKey();
      const version = await stored(key, '');
      const peeked = await store.peek(pointer(key), PEEK);
      expect(peeked).toEqual({ head: expect.anything(), object: version });
      expect(peeked?.head).toHaveLength(0);
      expect(version.size).toBe(0);
      expect((await store.peek(version, PEEK))?.object).toEqual(version);
    });

    it('reads the version it is asked for, also when a newer one is there', async () => {
      const key = anyKey();
      const old = await stored(key, 'old');
      await running.put(key, 'newer');
      const peeked = await store.peek({ ...pointer(key), versionId: old.versionId }, PEEK);
      expect(Buffer.from(peeked?.head ?? []).toString()).toBe('old');
      expect(peeked?.object).toEqual(old);
    });

    it('reads by ETag where no version is known, and nothing once the bytes are others', async () => {
      const key = anyKey();
      const { eTag } = await stored(key, 'old');
      expect((await store.peek({ ...pointer(key), eTag }, PEEK))?.object.size).toBe(3);
      await running.put(key, 'newer');
      expect(await store.peek({ ...pointer(key), eTag }, PEEK)).toBeUndefined();
    });

    it('finds nothing under a key that never was, was removed, or whose version is gone', async () => {
      const key = anyKey();
      const version = await stored(key, 'x');
      await running.remove(key);
      expect(await store.peek(pointer(anyKey()), PEEK)).toBeUndefined();
      expect(await store.peek(pointer(key), PEEK)).toBeUndefined();
      await running.removeVersion(key, String(version.versionId));
      expect(await store.peek(version, PEEK)).toBeUndefined();
    });

    it('reads keys with any character', async () => {
      for (const part of ['a b+c%2B%25', 'größe ☃ 😀', "it's (1)!*~&=;@,?#[]", 'a//b/../c']) {
        const key = anyKey(part);
        const version = await stored(key, part);
        const peeked = await store.peek(version, 64);
        expect(Buffer.from(peeked?.head ?? []).toString()).toBe(part);
        expect(peeked?.object.key).toBe(key);
      }
    });
  });

  describe('open', () => {
    it('streams the pinned version whole, although the key was overwritten and removed', async () => {
      const key = anyKey();
      const body = 'line\n'.repeat(100_000);
      const version = await stored(key, body);
      await running.put(key, 'other');
      await running.remove(key);
      expect(await text(await store.open(version))).toBe(body);
    });

    it('streams an inclusive range', async () => {
      const version = await stored(anyKey(), '0123456789');
      const range = { start: 2, end: 4 };
      expect(await text(await store.open(version, { range }))).toBe('234');
    });

    it('streams an empty object', async () => {
      const version = await stored(anyKey(), '');
      expect(await text(await store.open(version))).toBe('');
    });

    it('says that the source is gone for a version or ETag that is not there', async () => {
      const key = anyKey();
      const version = await stored(key, 'x');
      const byTag = { ...pointer(key), eTag: version.eTag };
      await running.put(key, 'other');
      await running.removeVersion(key, String(version.versionId));
      for (const pinned of [version, byTag]) {
        const opening = store.open(pinned);
        await expect(opening).rejects.toThrow(NonRetryableError);
        await expect(opening).rejects.toMatchObject({ code: 'source_gone' });
      }
    });

    it('ends with the reason of an abort, before and in the middle of the bytes', async () => {
      const version = await stored(anyKey(), 'x'.repeat(4_000_000));
      const reason = new Error('deadline');
      const aborted = AbortSignal.abort(reason);
      await expect(store.open(version, { signal: aborted })).rejects.toBe(reason);

      const controller = new AbortController();
      const stream = await store.open(version, { signal: controller.signal });
      const reading = (async () => {
        for await (const _chunk of stream) controller.abort(reason);
      })();
      await expect(reading).rejects.toBe(reason);
      expect(stream.destroyed).toBe(true);
    });

    it('lets a reader stop early', async () => {
      const version = await stored(anyKey(), 'x'.repeat(4_000_000));
      for (let round = 0; round < 5; round += 1) {
        const stream = await store.open(version);
        for await (const _chunk of stream) break;
        expect(stream.destroyed).toBe(true);
      }
    });
  });

  describe('latest', () => {
    it('names the newest version of a key', async () => {
      const key = anyKey();
      const first = await stored(key, 'one');
      const second = await stored(key, 'three');
      expect(second.size).toBe(5);
      expect(second.versionId).not.toBe(first.versionId);
    });

    it('finds nothing under a key that never was or was removed', async () => {
      const key = anyKey();
      await running.put(key, 'x');
      await running.remove(key);
      expect(await store.latest(key)).toBeUndefined();
      expect(await store.latest(anyKey())).toBeUndefined();
    });
  });
};
