/** What is left of an upload when its owner says so. */
import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { announce, anonymous, call, ended, post, STORY_MS, stack, until } from './client.ts';

export const describeDeletion = (): void => {
  describe('a deletion', () => {
    const versionsOf = async (functionKey: string, variable: string, prefix: string) => {
      const { credentials, region, endpoints, model } = stack();
      const s3 = new S3Client({
        credentials,
        region,
        endpoint: endpoints.s3,
        forcePathStyle: true,
      });
      const Bucket = model.environments[functionKey]?.[variable] ?? '';
      const listing = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: prefix }));
      s3.destroy();
      return [...(listing.Versions ?? []), ...(listing.DeleteMarkers ?? [])].map(({ Key }) => Key);
    };

    const leftOf = async (tenant: string, id: string) => [
      ...(await versionsOf('erase-upload', 'UPLOADS_BUCKET', `incoming/${tenant}/${id}`)),
      ...(await versionsOf('erase-upload', 'RESULTS_BUCKET', `results/${id}/`)),
    ];

    const untilNothingIsLeftOf = (tenant: string, id: string) =>
      until(async () => ((await leftOf(tenant, id)).length === 0 ? true : undefined));

    test(
      'E23: takes back an upload that has ended: answers, listing, history, results, objects',
      async () => {
        const { token, tenant } = await anonymous();
        const created = await announce(token);
        const { id } = created.upload;
        await post(created);
        await ended(token, id);
        expect((await leftOf(tenant, id)).length).toBeGreaterThan(1);

        const deletion = await call('DELETE', `/uploads/${id}`, { token });
        const readings = ['', '/history', '/results/text-stats/a'].map(
          (rest) => `/uploads/${id}${rest}`,
        );
        const statuses: number[] = [];
        for (const path of readings) statuses.push((await call('GET', path, { token })).status);

        expect(deletion).toMatchObject({ status: 204, text: '' });
        expect(statuses).toEqual([404, 404, 404]);
        expect((await call('GET', '/uploads', { token })).json).toEqual({ uploads: [] });
        await untilNothingIsLeftOf(tenant, id);
        expect((await call('DELETE', `/uploads/${id}`, { token })).status).toBe(204);
      },
      STORY_MS,
    );

    test(
      'E23: of an upload that waits for its file takes the file that comes all the same',
      async () => {
        const { token, tenant } = await anonymous();
        const created = await announce(token);
        const { id } = created.upload;

        expect((await call('DELETE', `/uploads/${id}`, { token })).status).toBe(204);
        expect(await post(created)).toBeLessThan(300);

        await untilNothingIsLeftOf(tenant, id);
        expect((await call('GET', `/uploads/${id}`, { token })).status).toBe(404);
      },
      STORY_MS,
    );
  });
};
