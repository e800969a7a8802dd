/** Several files that are announced at once, through the client. */
import { describe, expect, it } from 'vitest';
import { createSluice } from '../../../client/sluice.ts';
import { API, answerFetch, json, STORAGE, status } from './wire.ts';

const upload = status('awaiting_upload');
const post = { url: `${STORAGE}/form`, fields: { key: 'incoming/a' } };
const group = { id: 'grp_1', state: 'open', uploads: [] };

describe('a group', () => {
  it('is announced in one request under its key, and each of its files is sent as announced', async () => {
    const created = { upload, statusUrl: '/uploads/upl_1', post };
    const requests = answerFetch(({ url }) =>
      url.origin === STORAGE
        ? new Response(null, { status: 204 })
        : json({ group, statusUrl: '/upload-groups/grp_1', uploads: [created] }, 201),
    );
    const sluice = createSluice({ url: API, session: 'secret' });
    const file = new Blob(['abc']);

    const made = await sluice.createGroup([{ name: 'a', size: 3 }], { key: 'k-1' });
    const sent = await sluice.send(made.uploads[0]!, file);

    expect(made.group.id).toBe('grp_1');
    expect(sent.id).toBe('upl_1');
    expect(requests.map(({ method, url }) => `${method} ${url.href}`)).toEqual([
      `POST ${API}/upload-groups`,
      `POST ${STORAGE}/form`,
    ]);
    expect(requests[0]?.headers.get('idempotency-key')).toBe('k-1');
    expect(JSON.parse(String(requests[0]?.body))).toEqual({ files: [{ name: 'a', size: 3 }] });
  });

  it('is asked for by its id', async () => {
    const requests = answerFetch(() => json(group));

    expect(await createSluice({ url: API, session: 'secret' }).group('grp/1')).toEqual(group);
    expect(requests[0]?.url.href).toBe(`${API}/upload-groups/grp%2F1`);
  });
});
