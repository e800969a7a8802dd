/** Chapter: what a client is allowed by a signature, and what is known of what it sent. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ObjectVersion } from '../../../shared/domain/object-version.ts';
import type { ObjectSigner } from '../../../shared/ports/object-signer.ts';
import type { ObjectStore } from '../../../shared/ports/object-store.ts';
import { anyKey, type ObjectStoreSetup, sha256, toolsOf } from './setup.ts';

export const describePresigned = (open: () => ObjectStoreSetup): void => {
  const { stored } = toolsOf(open);
  let running: ObjectStoreSetup;
  let store: ObjectStore;
  let signer: ObjectSigner;
  beforeAll(() => {
    running = open();
    store = running.store;
    signer = running.signer;
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
      const form = await signer.presignUpload(terms(key));
      expect(await running.submit(form, body)).toBe('stored');
      expect((await store.latest(key))?.size).toBe(body.length);
    });

    it('lets it through without a declared digest too', async () => {
      const key = anyKey();
      const form = await signer.presignUpload({ ...terms(key), sha256: undefined });
      expect(await running.submit(form, body.toUpperCase())).toBe('stored');
    });

    it('refuses one byte more, one byte less and other bytes', async () => {
      const key = anyKey();
      const form = await signer.presignUpload(terms(key));
      for (const wrong of [`${body}!`, body.slice(1), body.toUpperCase()]) {
        expect(await running.submit(form, wrong)).toBe('refused');
      }
      expect(await store.latest(key)).toBeUndefined();
    });

    it('refuses another size by itself, without a digest to tell', async () => {
      const key = anyKey();
      const form = await signer.presignUpload({ ...terms(key), sha256: undefined });
      for (const wrong of [`${body}!`, body.slice(1), '']) {
        expect(await running.submit(form, wrong)).toBe('refused');
      }
      expect(await store.latest(key)).toBeUndefined();
    });
  });

  describe('presignDownload', () => {
    it('names the file as an attachment, in ASCII', async () => {
      const url = await signer.presignDownload({
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

  describe('verifiedSha256', () => {
    const submitted = async (body: string, digest: string | undefined): Promise<ObjectVersion> => {
      const key = `incoming/dev/${randomUUID()}`;
      const form = await signer.presignUpload({
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
};
