/** A zip whose files become uploads of their own. */
import { describe, expect, test } from 'vitest';
import { zipOf } from '../../support/archives.ts';
import { anonymous, call, ended, post, STORY_MS, until } from './client.ts';

interface Child {
  readonly id: string;
  readonly state: string;
  readonly parent: string;
  readonly declared: { readonly name: string };
  readonly detectedType: string;
  readonly steps: readonly { readonly name: string; readonly outcome?: Record<string, unknown> }[];
}

const ROWS = 'name,age\nann,41\nbob,39\n';

const archive = (): Buffer => {
  const zip = zipOf([
    { name: 'tables/people.csv', body: ROWS, deflated: true },
    { name: 'notes.txt', body: 'hello world' },
    { name: 'broken.txt', body: 'hello world' },
    { name: '../outside.txt', body: 'x' },
  ]);
  // The CRC of the third one in the directory.
  const [, , third] = [...zip.toString('latin1').matchAll(/PK\x01\x02/g)];
  zip.writeUInt32LE(1, (third?.index ?? 0) + 16);
  return zip;
};

const announceZip = async (token: string, bytes: Buffer) => {
  const file = { name: 'letters.zip', size: bytes.length, type: 'application/zip' };
  const body = { ...file, options: { unpack: true } };
  const created = (await call('POST', '/uploads', { token, body })).json;
  expect(await post(created, new Uint8Array(bytes))).toBeLessThan(300);
  return String(created.upload.id);
};

export const describeChildren = (): void => {
  describe('a zip that is unpacked', () => {
    test(
      'ends when the uploads of its files have, and takes them with it when it is deleted',
      async () => {
        const { token } = await anonymous();
        const id = await announceZip(token, archive());

        await ended(token, id);
        const upload = (await call('GET', `/uploads/${id}`, { token })).json;

        expect(upload).toMatchObject({ state: 'completed', children: { count: 3, ended: 3 } });
        const list = await call('GET', `${upload.children.href}?limit=2`, { token });
        const rest = await call(
          'GET',
          `${upload.children.href}?limit=2&cursor=${list.json.cursor}`,
          {
            token,
          },
        );
        const children: readonly Child[] = [...list.json.uploads, ...rest.json.uploads];
        expect(
          children.map(({ declared, state, parent }) => [declared.name, state, parent]),
        ).toEqual([
          ['tables/people.csv', 'completed', id],
          ['notes.txt', 'completed', id],
          ['broken.txt', 'failed', id],
        ]);
        const profile = children[0]?.steps.find(({ name }) => name === 'table-profile');
        expect(profile?.outcome).toMatchObject({ rows: 2 });
        const listed = (await call('GET', '/uploads', { token })).json.uploads;
        expect(listed.map((one: { id: string }) => one.id)).toEqual([id]);

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
