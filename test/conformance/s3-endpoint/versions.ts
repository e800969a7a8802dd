/** Chapter: versions, delete markers and both listings. */
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  connect,
  createBucket,
  createVersionedBucket,
  expectRefusal,
  type S3Endpoint,
  text,
} from './endpoint.ts';

export const describeVersions = (open: () => S3Endpoint): void => {
  let client: S3Client;
  beforeAll(() => {
    client = connect(open());
  });

  const put = (Bucket: string, Key: string, Body = 'x') =>
    client.send(new PutObjectCommand({ Bucket, Key, Body }));
  const read = async (Bucket: string, Key: string, VersionId?: string) =>
    await text((await client.send(new GetObjectCommand({ Bucket, Key, VersionId }))).Body);
  const remove = (Bucket: string, Key: string, VersionId?: string) =>
    client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));

  describe('a versioned bucket', () => {
    it('keeps every version under its id', async () => {
      const bucket = await createVersionedBucket(client);
      const first = await put(bucket, 'k', 'one');
      const second = await put(bucket, 'k', 'two');

      expect(first.VersionId).toBeTruthy();
      expect(first.VersionId).not.toBe(second.VersionId);
      expect(await read(bucket, 'k')).toBe('two');
      expect(await read(bucket, 'k', first.VersionId)).toBe('one');
      const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k' }));
      expect(head.VersionId).toBe(second.VersionId);
      await expectRefusal(read(bucket, 'k', 'x'.repeat(32)), 404, 'NoSuchVersion');
    });

    it('hides the key behind a delete marker until the marker is deleted', async () => {
      const bucket = await createVersionedBucket(client);
      const { VersionId } = await put(bucket, 'k', 'one');

      const marker = await remove(bucket, 'k');
      const refused = await expectRefusal(read(bucket, 'k'), 404, 'NoSuchKey');
      const byId = await expectRefusal(read(bucket, 'k', marker.VersionId), 405);
      const listed = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
      const old = await read(bucket, 'k', VersionId);
      const undone = await remove(bucket, 'k', marker.VersionId);

      expect(marker).toMatchObject({ DeleteMarker: true });
      const { headers } = refused.$response as { headers: Record<string, string> };
      expect(headers).toMatchObject({
        'x-amz-delete-marker': 'true',
        'x-amz-version-id': marker.VersionId,
      });
      expect(byId.name).toBe('MethodNotAllowed');
      expect(listed.KeyCount).toBe(0);
      expect(old).toBe('one');
      expect(undone).toMatchObject({ DeleteMarker: true, VersionId: marker.VersionId });
      expect(await read(bucket, 'k')).toBe('one');
    });

    it('deletes one version for good and shows the one before', async () => {
      const bucket = await createVersionedBucket(client);
      await put(bucket, 'k', 'one');
      const { VersionId } = await put(bucket, 'k', 'two');

      const deleted = await remove(bucket, 'k', VersionId);

      expect(deleted).toMatchObject({ VersionId });
      expect(deleted.DeleteMarker).toBeUndefined();
      expect(await read(bucket, 'k')).toBe('one');
      await expectRefusal(read(bucket, 'k', VersionId), 404, 'NoSuchVersion');
      await remove(bucket, 'k', VersionId);
    });

    it('writes markers and removes versions in one DeleteObjects', async () => {
      const bucket = await createVersionedBucket(client);
      const { VersionId } = await put(bucket, 'a', 'one');
      await put(bucket, 'b', 'one');
      const Objects = [{ Key: 'a', VersionId }, { Key: 'b' }];

      const { Deleted } = await client.send(
        new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }),
      );

      expect(Deleted).toEqual([
        { Key: 'a', VersionId },
        { Key: 'b', DeleteMarker: true, DeleteMarkerVersionId: expect.any(String) },
      ]);
    });

    it('takes If-None-Match * again once the key is deleted', async () => {
      const bucket = await createVersionedBucket(client);
      await put(bucket, 'k', 'one');
      await remove(bucket, 'k');

      const write = { Bucket: bucket, Key: 'k', Body: 'two', IfNoneMatch: '*' };
      await client.send(new PutObjectCommand(write));

      expect(await read(bucket, 'k')).toBe('two');
    });

    it('writes the null version while suspended, and keeps the others', async () => {
      const bucket = await createBucket(client);
      const status = (Status: 'Enabled' | 'Suspended') =>
        client.send(
          new PutBucketVersioningCommand({
            Bucket: bucket,
            VersioningConfiguration: { Status },
          }),
        );
      await put(bucket, 'k', 'before');
      await status('Enabled');
      const { VersionId } = await put(bucket, 'k', 'enabled');
      expect(await read(bucket, 'k', 'null')).toBe('before');
      await status('Suspended');

      const suspended = await put(bucket, 'k', 'suspended');
      const listed = await client.send(new ListObjectVersionsCommand({ Bucket: bucket }));

      expect(suspended.VersionId).toBe('null');
      expect(listed.Versions?.map((version) => version.VersionId)).toEqual(['null', VersionId]);
      expect(await read(bucket, 'k', 'null')).toBe('suspended');
    });
  });

  describe('ListObjectVersions', () => {
    it('pages through versions and markers, newest first within a key', async () => {
      const bucket = await createVersionedBucket(client);
      const ids = new Map<string, string[]>();
      for (const key of ['a', 'b', 'b', 'a', 'b', 'c/d']) {
        const { VersionId = '' } = await put(bucket, key);
        ids.set(key, [VersionId, ...(ids.get(key) ?? [])]);
      }
      const marker = await remove(bucket, 'b');
      ids.set('b', [marker.VersionId ?? '', ...(ids.get('b') ?? [])]);
      const expected = ['a', 'b', 'c/d'].flatMap((key) =>
        (ids.get(key) ?? []).map((id) => `${key} ${id}`),
      );

      const seen: string[] = [];
      let page = {};
      for (;;) {
        const listed = await client.send(
          new ListObjectVersionsCommand({ Bucket: bucket, MaxKeys: 1, ...page }),
        );
        for (const one of [...(listed.Versions ?? []), ...(listed.DeleteMarkers ?? [])]) {
          seen.push(`${one.Key} ${one.VersionId}`);
        }
        if (!listed.IsTruncated) break;
        page = { KeyMarker: listed.NextKeyMarker, VersionIdMarker: listed.NextVersionIdMarker };
      }

      expect(seen).toEqual(expected);
    });

    it('says which version is the latest, and folds by delimiter', async () => {
      const bucket = await createVersionedBucket(client);
      await put(bucket, 'k');
      await put(bucket, 'k');
      await put(bucket, 'dir/x');

      const listed = await client.send(
        new ListObjectVersionsCommand({ Bucket: bucket, Delimiter: '/' }),
      );

      expect(listed.Versions?.map(({ IsLatest }) => IsLatest)).toEqual([true, false]);
      expect(listed.CommonPrefixes).toEqual([{ Prefix: 'dir/' }]);
    });
  });

  describe('ListObjectsV2', () => {
    let Bucket: string;
    const keys = ['a.txt', 'dir/1', 'dir/2', 'dir/sub/3', 'e & <f>', 'z\u{ff5e}', 'z\u{1f388}'];
    beforeAll(async () => {
      Bucket = await createBucket(client);
      for (const key of keys.toReversed()) await put(Bucket, key, key);
    });
    const list = (more = {}) => client.send(new ListObjectsV2Command({ Bucket, ...more }));
    const listKeys = async (more = {}) => (await list(more)).Contents?.map(({ Key }) => Key);

    it('lists keys in the order of their UTF-8 bytes, with size and etag', async () => {
      const listed = await list();

      expect(listed.Contents?.map(({ Key }) => Key)).toEqual(keys);
      expect(listed.Contents?.[0]).toMatchObject({ Size: 5, StorageClass: 'STANDARD' });
      expect(listed.Contents?.[0]?.ETag).toMatch(/^"[0-9a-f]{32}"$/);
      expect(listed).toMatchObject({ KeyCount: keys.length, IsTruncated: false });
    });

    it('filters by prefix and starts after a key', async () => {
      expect(await listKeys({ Prefix: 'dir/' })).toEqual(['dir/1', 'dir/2', 'dir/sub/3']);
      expect(await listKeys({ Prefix: 'dir/', StartAfter: 'dir/1' })).toEqual([
        'dir/2',
        'dir/sub/3',
      ]);
      expect((await list({ Prefix: 'none' })).KeyCount).toBe(0);
    });

    it('folds what lies behind the delimiter', async () => {
      const top = await list({ Delimiter: '/' });
      const dir = await list({ Delimiter: '/', Prefix: 'dir/' });

      expect(top.CommonPrefixes).toEqual([{ Prefix: 'dir/' }]);
      expect(top.Contents?.map(({ Key }) => Key)).toEqual(keys.filter((key) => !key.includes('/')));
      expect(dir.CommonPrefixes).toEqual([{ Prefix: 'dir/sub/' }]);
      expect(dir.Contents?.map(({ Key }) => Key)).toEqual(['dir/1', 'dir/2']);
    });

    it.each([{}, { Delimiter: '/' }, { Prefix: 'dir/', Delimiter: '/' }])(
      'pages through %j one by one without loss or repetition',
      async (query) => {
        const whole = await list(query);
        const seen: (string | undefined)[] = [];
        let ContinuationToken: string | undefined;
        do {
          const page = await list({ ...query, MaxKeys: 1, ContinuationToken });
          expect(page.KeyCount).toBe(1);
          seen.push(page.Contents?.[0]?.Key ?? page.CommonPrefixes?.[0]?.Prefix);
          ContinuationToken = page.NextContinuationToken;
        } while (ContinuationToken !== undefined);

        const expected = [
          ...(whole.Contents ?? []).map(({ Key }) => Key),
          ...(whole.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
        ];
        expect(seen.toSorted()).toEqual(expected.toSorted());
      },
    );

    it('refuses a broken token', async () => {
      await expectRefusal(list({ ContinuationToken: 'broken' }), 400, 'InvalidArgument');
    });
  });
};
