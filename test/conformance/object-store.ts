/** What every object store promises, whatever it is made of. */
import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NonRetryableError, RetryableError } from '../../shared/domain/errors.ts';
import { derivedKey } from '../../shared/domain/object-key.ts';
import type { ObjectVersion } from '../../shared/domain/object-version.ts';
import type { ObjectStore, PresignedPost } from '../../shared/ports/object-store.ts';

export interface ObjectStoreSetup {
  readonly store: ObjectStore;
  readonly uploadsBucket: string;
  /** Puts an object into the uploads bucket, as any tool may. */
  put(key: string, body: string): Promise<void>;
  /** Hides a key behind a delete marker. */
  remove(key: string): Promise<void>;
  removeVersion(key: string, versionId: string): Promise<void>;
  /** Sends a form as a client would. */
  submit(form: PresignedPost, body: string): Promise<'stored' | 'refused'>;
  readResult(key: string): Promise<{ readonly body: string; readonly contentType: string }>;
  close(): Promise<void>;
}

const PEEK = 16;
const anyKey = (name: string = randomUUID()): string => `incoming/dev/${randomUUID()}/${name}`;
const sha256 = (body: string): string => createHash('sha256').update(body).digest('hex');

export const describeObjectStore = (name: string, setup: () => Promise<ObjectStoreSetup>): void => {
  describe(`object store: ${name}`, () => {
    let running: ObjectStoreSetup;
    let store: ObjectStore;
    beforeAll(async () => {
      running = await setup();
      store = running.store;
    });
    afterAll(() => running?.close());

    const pointer = (key: string) => ({ bucket: running.uploadsBucket, key });
    const stored = async (key: string, body: string): Promise<ObjectVersion> => {
      await running.put(key, body);
      const version = await store.latest(key);
      if (version === undefined) throw new Error('What was just put is not there.');
      return version;
    };

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

    describe('verifiedSha256', () => {
      const submitted = async (
        body: string,
        digest: string | undefined,
      ): Promise<ObjectVersion> => {
        const key = `incoming/dev/${randomUUID()}`;
        const form = await store.presignUpload({
          ...{ key, size: body.length, type: 'text/plain', sha256: digest, expiresSeconds: 60 },
        });
        expect(await running.submit(form, body)).toBe('stored');
        const version = await store.latest(key);
        if (version === undefined) throw new Error('What was just sent is not there.');
        return version;
      };

      it('is that of bytes which the store held against a digest when they came', async () => {
        const version = await submitted('checked', sha256('checked'));

        expect(await store.verifiedSha256(version)).toBe(sha256('checked'));
        await running.put(version.key, 'others');
        expect(await store.verifiedSha256(version)).toBe(sha256('checked'));
      });

      it('is none of bytes that nobody checked, whoever says what they are', async () => {
        const version = await submitted('unchecked', undefined);

        expect(await store.verifiedSha256(version)).toBeUndefined();
        expect(await store.verifiedSha256(await stored(anyKey(), 'dropped'))).toBeUndefined();
      });

      it('is none of a version that is gone', async () => {
        const version = await submitted('going', sha256('going'));
        await running.removeVersion(version.key, String(version.versionId));

        expect(await store.verifiedSha256(version)).toBeUndefined();
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
      const keyOf = (uploadId: string) =>
        derivedKey({ uploadId, generation: 1 }, 'step', 'a b.json');

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

    describe('presignUpload', () => {
      const body = 'exactly these bytes';
      const terms = (key: string) => ({
        key,
        size: body.length,
        type: 'text/plain',
        sha256: sha256(body),
        expiresSeconds: 60,
      });

      it('lets a client put the object it declared', async () => {
        const key = anyKey();
        const form = await store.presignUpload(terms(key));
        expect(await running.submit(form, body)).toBe('stored');
        expect((await store.latest(key))?.size).toBe(body.length);
      });

      it('lets it through without a declared digest too', async () => {
        const key = anyKey();
        const form = await store.presignUpload({ ...terms(key), sha256: undefined });
        expect(await running.submit(form, body.toUpperCase())).toBe('stored');
      });

      it('refuses one byte more, one byte less and other bytes', async () => {
        const key = anyKey();
        const form = await store.presignUpload(terms(key));
        for (const wrong of [`${body}!`, body.slice(1), body.toUpperCase()]) {
          expect(await running.submit(form, wrong)).toBe('refused');
        }
        expect(await store.latest(key)).toBeUndefined();
      });

      it('refuses another size by itself, without a digest to tell', async () => {
        const key = anyKey();
        const form = await store.presignUpload({ ...terms(key), sha256: undefined });
        for (const wrong of [`${body}!`, body.slice(1), '']) {
          expect(await running.submit(form, wrong)).toBe('refused');
        }
        expect(await store.latest(key)).toBeUndefined();
      });
    });

    describe('presignDownload', () => {
      it('names the file as an attachment, in ASCII', async () => {
        const url = await store.presignDownload({
          key: 'results/upl_x/1/step/a.webp',
          fileName: 'Größe "1"\r\nSet-Cookie: a=b.webp',
          contentType: 'image/webp',
          expiresSeconds: 60,
        });
        const disposition = new URL(url).searchParams.get('response-content-disposition');
        expect(disposition).toMatch(/^attachment; filename="[ -~]+"; filename\*=UTF-8''[!-~]+$/);
        expect(disposition).toContain('Gr%C3%B6%C3%9Fe');
        expect(new URL(url).searchParams.get('response-content-type')).toBe('image/webp');
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
  });
};
