/** A file that is sent in parts. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { announce, anonymous, call, ended, STORY_MS } from './client.ts';

export const describeParts = (): void => {
  describe('a file in parts', () => {
    interface Signed {
      readonly partSize: number;
      readonly partCount: number;
      readonly parts: readonly { readonly partNumber: number; readonly url: string }[];
    }
    interface Listed {
      readonly parts: readonly { readonly PartNumber: number; readonly ETag: string }[];
    }

    test(
      'goes on after a lost connection, is completed once, and is processed as what it is',
      async () => {
        const { token } = await anonymous();
        const bytes = Buffer.alloc(11 * 1024 ** 2, 'sluice in parts\n');
        const { upload } = await announce(token, { name: 'long.txt', size: bytes.length });
        const path = `/uploads/${upload.id}`;
        const sendPart = async (partNumber: number): Promise<number> => {
          const body = { parts: [partNumber] };
          const signed: Signed = (await call('POST', `${path}/parts`, { token, body })).json;
          const start = (partNumber - 1) * signed.partSize;
          const part = bytes.subarray(start, start + signed.partSize);
          return (await fetch(signed.parts[0]!.url, { method: 'PUT', body: part })).status;
        };
        const list = async (): Promise<Listed> =>
          (await call('GET', `${path}/parts`, { token })).json;
        const complete = async (body: object = {}) =>
          call('POST', `${path}/complete`, { token, body });

        expect([await sendPart(1), await sendPart(3)]).toEqual([200, 200]);
        const early = await complete();
        const resumed = await list();
        expect(await sendPart(2)).toBe(200);
        const { parts } = await list();
        const first = await complete({
          parts: parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag })),
        });
        const again = await complete();
        const status = await ended(token, upload.id);

        expect(early).toMatchObject({ status: 400, json: { code: 'invalid_request' } });
        expect(resumed.parts.map(({ PartNumber }) => PartNumber)).toEqual([1, 3]);
        expect([first.status, again.status]).toEqual([200, 200]);
        expect(first.json).toMatchObject({ location: path });
        expect(status).toMatchObject({ state: 'completed', size: bytes.length });
        expect(JSON.stringify(status)).toContain(createHash('sha256').update(bytes).digest('hex'));
      },
      STORY_MS,
    );

    test(
      'can be given up and taken back, and leaves no part behind',
      async () => {
        const { token } = await anonymous();
        const { upload } = await announce(token, { size: 6 * 1024 ** 2 });
        const path = `/uploads/${upload.id}`;
        const body = { parts: [1] };
        await call('POST', `${path}/parts`, { token, body });

        const aborted = await call('DELETE', `${path}/parts`, { token });
        const completed = await call('POST', `${path}/complete`, { token });
        const wrong = await call('POST', `${path}/parts`, { token, body: { parts: [3] } });
        await call('DELETE', path, { token });
        const gone = await call('POST', `${path}/parts`, { token, body });

        expect([aborted.status, completed.status, wrong.status, gone.status]).toEqual([
          204, 409, 400, 404,
        ]);
      },
      STORY_MS,
    );
  });
};
