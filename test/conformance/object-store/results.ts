/** Chapter: derived files. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { derivedKey } from '../../../shared/domain/object-key.ts';
import type { ObjectStore } from '../../../shared/ports/object-store.ts';
import type { ObjectStoreSetup } from './setup.ts';

export const describeResults = (open: () => ObjectStoreSetup): void => {
  let running: ObjectStoreSetup;
  let store: ObjectStore;
  beforeAll(() => {
    running = open();
    store = running.store;
  });

  describe('putResult', () => {
    it('writes a file whole, and the same key twice without harm', async () => {
      const key = derivedKey({ uploadId: randomUUID(), generation: 1 }, 'step', 'a.json');
      for (const body of ['{"a":1}', '{"a":2}']) {
        await store.putResult(key, Buffer.from(body), 'application/json');
        expect(await running.readResult(key)).toEqual({ body, contentType: 'application/json' });
      }
      await store.putResult(key, new Uint8Array(), 'text/plain');
      expect((await running.readResult(key)).body).toBe('');
    });
  });

  describe('readResult', () => {
    it('gives the bytes that were last written', async () => {
      const key = derivedKey({ uploadId: randomUUID(), generation: 1 }, 'step', 'file.bin');
      await store.putResult(key, Buffer.from('first'), 'text/plain');
      await store.putResult(key, Buffer.from([0, 255, 10]), 'application/octet-stream');

      expect(Buffer.from((await store.readResult(key)) ?? [])).toEqual(Buffer.from([0, 255, 10]));
    });

    it('is nothing where nothing is', async () => {
      expect(await store.readResult(`results/${randomUUID()}/1/step/file`)).toBeUndefined();
    });
  });

  describe('copyResult', () => {
    const keyOf = (uploadId: string) => derivedKey({ uploadId, generation: 1 }, 'step', 'a b.json');

    it('is a file of its own, of the same bytes and type', async () => {
      const [from, to] = [keyOf(randomUUID()), keyOf(randomUUID())];
      await store.putResult(from, Buffer.from('{"größe":1}'), 'application/json');

      expect(await store.copyResult(from, to)).toBe(true);
      expect(await store.copyResult(from, to)).toBe(true);
      await store.putResult(from, Buffer.from('other'), 'text/plain');

      expect(await running.readResult(to)).toEqual({
        body: '{"größe":1}',
        contentType: 'application/json',
      });
    });

    it('is nothing where nothing is', async () => {
      expect(await store.copyResult(keyOf(randomUUID()), keyOf(randomUUID()))).toBe(false);
    });
  });
};
