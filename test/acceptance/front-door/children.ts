/** A zip whose files become uploads of their own. */
import { describe, expect, test } from 'vitest';
import { zipOf } from '../../support/archives.ts';
import { anonymous, type Created, call, ended, post, STORY_MS, until } from './client.ts';

interface Child {
  readonly id: string;
  readonly state: string;
  readonly parent: string;
  readonly declared: { readonly name: string };
  readonly detectedType: string;
  readonly steps: readonly { readonly name: string; readonly outcome?: Record<string, unknown> }[];
}

interface Parent {
  readonly state: string;
  readonly children: { readonly count: number; readonly ended: number; readonly href: string };
}

interface Page {
  readonly uploads: readonly Child[];
  readonly cursor?: string;
}

const ROWS = 'name,age\nann,41\nbob,39\n';

const archive = (): Buffer => {
  const zip = zipOf([
    { name: 'tables/people.csv', body: ROWS, deflated: true },
    { name: 'notes.txt', body: 'hello world' },
    { name: 'broken.txt', body: 'hello world' },
    { name: '../outside.txt', body: 'x' },
  ]);
  // The CRC of the third one in the directory, which is the last but one.
  const last = zip.lastIndexOf('PK\x01\x02');
  zip.writeUInt32LE(1, zip.lastIndexOf('PK\x01\x02', last - 1) + 16);
  return zip;
};

const announceZip = async (token: string, bytes: Buffer) => {
  const file = { name: 'letters.zip', size: bytes.length, type: 'application/zip' };
  const body = { ...file, options: { unpack: true } };
  const created: Created = (await call('POST', '/uploads', { token, body })).json;
  expect(await post(created, new Uint8Array(bytes))).toBeLessThan(300);
  return created.upload.id;
};

export const describeChildren = (): void => {
  describe('a zip that is unpacked', () => {
    test(
      'ends when the uploads of its files have, and takes them with it when it is deleted',
      async () => {
        const { token } = await anonymous();
        const id = await announceZip(token, archive());

        await ended(token, id);
        const upload: Parent = (await call('GET', `/uploads/${id}`, { token })).json;

        expect(upload).toMatchObject({ state: 'completed', children: { count: 3, ended: 3 } });
        const page = async (query: string): Promise<Page> =>
          (await call('GET', `${upload.children.href}?limit=2${query}`, { token })).json;
        const first = await page('');
        const second = await page(`&cursor=${first.cursor}`);
        const children = [...first.uploads, ...second.uploads];
        expect(
          children.map(({ declared, state, parent }) => [declared.name, state, parent]),
        ).toEqual([
          ['tables/people.csv', 'completed', id],
          ['notes.txt', 'completed', id],
          ['broken.txt', 'failed', id],
        ]);
        const profile = children[0]?.steps.find(({ name }) => name === 'table-profile');
        expect(profile?.outcome).toMatchObject({ rows: 2 });
        const listed: Page = (await call('GET', '/uploads', { token })).json;
        expect(listed.uploads.map((one) => one.id)).toEqual([id]);

        expect((await call('DELETE', `/uploads/${id}`, { token })).status).toBe(204);
        for (const child of children) {
          await until(async () => {
            const { status } = await call('GET', `/uploads/${child.id}`, { token });
            return status === 404 ? true : undefined;
          });
        }
      },
      STORY_MS,
    );
  });
};
