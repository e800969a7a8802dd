/** Chapter: which steps run. */
import { beforeAll, expect, it } from 'vitest';
import type { StatusBoard } from '../../../shared/ports/status-board.ts';
import { type StatusBoardSetup, story, toolsOf } from './setup.ts';

export const describeMarks = (open: () => StatusBoardSetup): void => {
  const { find, entryOf, markOf } = toolsOf(open);
  let board: StatusBoard;
  beforeAll(() => {
    ({ board } = open());
  });

  it('shows which steps run, since when and at which attempt', async () => {
    const { started } = story();
    await board.show(started);
    const mark = markOf(started, ['digest', 'profile']);
    await board.mark(mark);
    const { generation, startedAt, attempt } = mark;
    expect((await entryOf(started)).marks).toEqual({
      digest: { generation, startedAt, attempt },
      profile: { generation, startedAt, attempt },
    });
  });

  it('drops the marks of steps that have ended, and all of them at the end', async () => {
    const { started, half, ended } = story();
    await board.show(started);
    await board.mark(markOf(started, ['digest', 'profile']));
    await board.show(half);
    expect(Object.keys((await entryOf(half)).marks)).toEqual(['profile']);
    await board.show(ended);
    expect((await entryOf(ended)).marks).toEqual({});
  });

  it('shows no mark of another generation', async () => {
    const { started } = story();
    await board.show(started);
    await board.mark(markOf(started, ['digest']));
    await board.mark({ ...markOf(started, ['digest']), generation: 2 });
    expect((await entryOf(started)).marks).toMatchObject({ digest: { generation: 1 } });
    const following = { ...started, status: { ...started.status, rev: 4, generation: 2 } };
    await board.show(following);
    expect((await entryOf(following)).marks).toEqual({});
  });

  it('shows no mark that is older than any worker can be', async () => {
    const { started } = story();
    await board.show(started);
    const startedAt = open().now() - 17 * 60_000;
    await board.mark({ ...markOf(started, ['digest']), startedAt });
    expect((await entryOf(started)).marks).toEqual({});
  });

  it('leaves nothing behind for an upload that is not shown', async () => {
    const { started } = story();
    await board.mark(markOf(started, ['digest']));
    expect(await find(started.tenant, started.owner, started.status.id)).toBe('missing');
    await board.show(started);
    expect((await entryOf(started)).marks).toEqual({});
  });
};
