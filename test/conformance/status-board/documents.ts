/** Chapter: documents, shown and found. */
import { randomUUID } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import type { StatusBoard } from '../../../shared/ports/status-board.ts';
import { plain, refOf, type StatusBoardSetup, statusIn, story, toolsOf } from './setup.ts';

export const describeDocuments = (open: () => StatusBoardSetup): void => {
  const { find, entryOf, markOf } = toolsOf(open);
  let board: StatusBoard;
  beforeAll(() => {
    ({ board } = open());
  });

  it('misses what was never shown', async () => {
    expect(await find('dev', 'ann', 'upl_unknown')).toBe('missing');
  });

  it('shows each newer document in place of the older one', async () => {
    const { made, started, half, ended } = story();
    for (const document of [made, started, half, ended]) {
      expect(await board.show(document)).toBe('shown');
      const entry = await entryOf(document);
      expect(statusIn(entry)).toEqual(plain(document));
      expect(entry.marks).toEqual({});
    }
  });

  it('refuses an older document, comparing numbers and not texts', async () => {
    const { half, ended } = story();
    await board.show(ended);
    expect(await board.show(half)).toBe('older');
    expect(statusIn(await entryOf(ended))).toEqual(plain(ended));
  });

  it('shows the same document twice without harm', async () => {
    const { started } = story();
    expect(await board.show(started)).toBe('shown');
    expect(await board.show(started)).toBe('shown');
  });

  it('ends with the newest of documents that come at the same moment', async () => {
    const { made, started, half, ended } = story();
    await Promise.all([ended, half, made, started].map((document) => board.show(document)));
    expect((await entryOf(ended)).ready.rev).toBe(10);
  });

  it('C17: shows nothing of one tenant or owner to another', async () => {
    const { started } = story();
    const { tenant, owner, uploadId } = refOf(started);
    await board.show(started);
    expect(await find('elsewhere', owner, uploadId)).toBe('missing');
    expect(await find(tenant, 'somebody', uploadId)).toBe('missing');
    expect(await find('', `${tenant}/${owner}`, uploadId)).toBe('missing');
    expect(await find(tenant, '', `${owner}/${uploadId}`)).toBe('missing');
  });

  it('says when a document was last shown, also when it was the same again', async () => {
    const { started } = story();
    const before = open().now();
    await board.show(started);
    const { shownAt } = await entryOf(started);
    expect(shownAt).toBeGreaterThanOrEqual(before);
    await board.show(started);
    expect((await entryOf(started)).shownAt).toBeGreaterThanOrEqual(shownAt);
  });

  it('shows everybody of the tenant what other tools dropped into the bucket', async () => {
    const id = `obj_${randomUUID()}`;
    const { started } = story();
    const dropped = { ...started, owner: 'bucket', status: { ...started.status, id } };
    await board.show(dropped);
    expect(await find(started.tenant, 'ann', id)).toMatchObject({ ready: { owner: 'bucket' } });
    expect(await find('elsewhere', 'ann', id)).toBe('missing');
  });

  it.each(['ann|b@c', 'a{b}c', 'ü ñ', 'a/b', '%2F'])(
    'keeps an owner called %j apart',
    async (owner) => {
      const { started } = story();
      await board.show({ ...started, owner });
      const { tenant, uploadId } = refOf(started);
      expect(await find(tenant, owner, uploadId)).toMatchObject({ ready: { owner } });
      expect(
        await find(
          tenant,
          encodeURIComponent(owner) === owner ? 'x' : encodeURIComponent(owner),
          uploadId,
        ),
      ).toBe('missing');
    },
  );

  it('keeps every character of a status, also where a step runs behind it', async () => {
    const { started } = story();
    const name = 'ü 😀 "quoted"\n\ud800 {"name":"digest","state":"queued"} 統計.csv';
    const odd = {
      ...started,
      status: { ...started.status, declared: { name, size: 1, type: 'text/csv' } },
    };
    await board.show(odd);
    await board.mark(markOf(odd, ['profile']));
    const entry = await entryOf(odd);
    expect(statusIn({ ...entry, marks: {} })).toEqual(plain(odd));
    expect(statusIn(entry)).toMatchObject({
      declared: { name },
      steps: [{ state: 'queued' }, { name: 'profile', state: 'running', attempts: 2 }],
    });
  });
};
