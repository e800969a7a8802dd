/** Chapter: leases. */
import { randomUUID } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import type { StatusBoard } from '../../../shared/ports/status-board.ts';
import { type StatusBoardSetup, story, toolsOf } from './setup.ts';

export const describeLeases = (open: () => StatusBoardSetup): void => {
  const { entryOf, markOf } = toolsOf(open);
  let board: StatusBoard;
  beforeAll(() => {
    ({ board } = open());
  });

  const lease = () => ({ key: `upl/1/${randomUUID()}`, seconds: 60 });

  it('gives a lease to one and not to another', async () => {
    const terms = lease();
    expect(await board.claim({ ...terms, token: 'a' })).toBe('claimed');
    expect(await board.claim({ ...terms, token: 'b' })).toBe('held');
    expect(await board.claim({ ...lease(), token: 'b' })).toBe('claimed');
  });

  it('gives it to exactly one of many at the same moment', async () => {
    const terms = lease();
    const tokens = ['a', 'b', 'c', 'd', 'e', 'f'];
    const claims = await Promise.all(tokens.map((token) => board.claim({ ...terms, token })));
    expect(claims.filter((claim) => claim === 'claimed')).toHaveLength(1);
  });

  it('gives it again to who holds it: a repeated claim is the same claim', async () => {
    const terms = { ...lease(), token: 'a' };
    await board.claim(terms);
    expect(await board.claim(terms)).toBe('claimed');
  });

  it('marks the steps of who takes it, in the same moment, and of nobody else', async () => {
    const { started } = story();
    await board.show(started);
    const marks = markOf(started, ['digest', 'profile']);
    const terms = { key: `${marks.uploadId}/1/digest,profile`, seconds: 60, marks };
    expect(await board.claim({ ...terms, token: 'a' })).toBe('claimed');
    expect(Object.keys((await entryOf(started)).marks)).toEqual(['digest', 'profile']);
    const later = { ...marks, attempt: 3 };
    expect(await board.claim({ ...terms, marks: later, token: 'b' })).toBe('held');
    expect((await entryOf(started)).marks).toMatchObject({ digest: { attempt: 2 } });
  });

  it('takes it back with a document, also with an older one, but only from its holder', async () => {
    const { started, half, ended } = story();
    await board.show(started);
    const marks = markOf(started, ['digest']);
    const lease = { key: `${marks.uploadId}/1/digest`, marks };
    const claim = (token: string) => board.claim({ ...lease, token, seconds: 60 });
    await claim('a');
    await board.show(half, { ...lease, token: 'b' });
    expect(await claim('b')).toBe('held');
    await board.show(ended, { ...lease, token: 'a' });
    expect(await claim('b')).toBe('claimed');
    expect(await board.show(half, { ...lease, token: 'b' })).toBe('older');
    expect(await claim('c')).toBe('claimed');
  });

  it('takes it back only from its holder', async () => {
    const terms = lease();
    await board.claim({ ...terms, token: 'a' });
    await board.release({ ...terms, token: 'b' });
    expect(await board.claim({ ...terms, token: 'b' })).toBe('held');
    await board.release({ ...terms, token: 'a' });
    expect(await board.claim({ ...terms, token: 'b' })).toBe('claimed');
  });
};
