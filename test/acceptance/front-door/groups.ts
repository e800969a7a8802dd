/** Several files that are sent and followed as one. */
import { describe, expect, test } from 'vitest';
import { anonymous, type Created, call, post, STORY_MS, TEXT, until } from './client.ts';

interface CreatedGroup {
  readonly group: Group;
  readonly statusUrl: string;
  readonly uploads: readonly Created[];
}

interface Group {
  readonly id: string;
  readonly state: string;
  readonly progress: number;
  readonly states: Readonly<Record<string, number>>;
  readonly uploads: readonly { readonly id: string; readonly state: string }[];
}

const files = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    name: `file ${index}.txt`,
    size: TEXT.length,
    type: 'text/plain',
  }));

export const describeGroups = (): void => {
  describe('several files in one request', () => {
    test(
      'are followed by one status until all have ended',
      async () => {
        const { token } = await anonymous();
        const headers = { 'idempotency-key': 'group-1' };
        const body = { files: files(3) };
        const first = await call('POST', '/upload-groups', { token, headers, body });
        const again = await call('POST', '/upload-groups', { token, headers, body });
        const { group, statusUrl, uploads }: CreatedGroup = first.json;

        expect([first.status, again.status]).toEqual([201, 200]);
        expect((again.json as CreatedGroup).group.id).toBe(group.id);
        expect(first.headers.get('location')).toBe(statusUrl);
        expect(group).toMatchObject({ state: 'open', progress: 0, states: { awaiting_upload: 3 } });

        for (const created of uploads) expect(await post(created)).toBeLessThan(300);
        const over = await until(async () => {
          const status: Group = (await call('GET', statusUrl, { token })).json;
          expect(status.progress === 100).toBe(status.state === 'ended');
          return status.state === 'ended' ? status : undefined;
        });

        expect(over.states).toEqual({ completed: 3 });
        expect(over.uploads.map(({ id }) => id)).toEqual(uploads.map(({ upload }) => upload.id));
        const seen = await call('GET', statusUrl, { token });
        const etag = seen.headers.get('etag') ?? '';
        const same = await call('GET', statusUrl, { token, headers: { 'if-none-match': etag } });
        expect(same).toMatchObject({ status: 304, text: '' });
      },
      STORY_MS,
    );

    test(
      'are bounded in number, each is checked, and another tenant sees nothing of them',
      async () => {
        const [one, other] = await Promise.all([anonymous(), anonymous()]);
        const ask = (body: object) => call('POST', '/upload-groups', { token: one.token, body });

        expect((await ask({ files: [] })).status).toBe(400);
        expect((await ask({ files: files(101) })).status).toBe(400);
        expect(await ask({ files: [{ ...files(1)[0], owner: 'bob' }] })).toMatchObject({
          status: 400,
          json: { code: 'invalid_request' },
        });
        const many = await ask({ files: files(100) });
        const { statusUrl, uploads }: CreatedGroup = many.json;
        expect(many.status).toBe(201);
        expect(uploads).toHaveLength(100);
        expect((await call('GET', statusUrl, { token: one.token })).status).toBe(200);
        expect(await call('GET', statusUrl, { token: other.token })).toMatchObject({
          status: 404,
          json: { code: 'not_found' },
        });
      },
      STORY_MS,
    );
  });
};
