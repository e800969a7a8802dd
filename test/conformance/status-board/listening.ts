/** Chapter: who waits for what is new. */
import { beforeAll, expect, it } from 'vitest';
import type { StatusDocument } from '../../../shared/domain/status.ts';
import type { StatusBell } from '../../../shared/ports/status-bell.ts';
import type { StatusBoard } from '../../../shared/ports/status-board.ts';
import { refOf, type StatusBoardSetup, story, toolsOf } from './setup.ts';

export const describeListening = (open: () => StatusBoardSetup): void => {
  const { markOf } = toolsOf(open);
  let board: StatusBoard;
  let bell: StatusBell;
  beforeAll(() => {
    ({ board, bell } = open());
  });

  /** Who asks is told within this time, on however busy a machine; nobody waits for all of it. */
  const PATIENCE_MS = 10_000;
  const heard = async (document: StatusDocument) => {
    const listener = await bell.listen(refOf(document));
    if (listener === undefined) throw new Error('There is nothing to listen to.');
    return listener;
  };
  const rings = (listener: Awaited<ReturnType<typeof heard>>): Promise<boolean> => {
    const over = AbortSignal.timeout(PATIENCE_MS);
    return listener.rung(over).then(() => !over.aborted);
  };

  it('rings for what is new and for a mark, and keeps a ring until it is asked for', async () => {
    const { made, started } = story();
    await board.show(made);
    const listener = await heard(made);
    await board.show(started);
    expect(await rings(listener)).toBe(true);
    const next = rings(listener);
    await board.mark(markOf(started, ['digest']));
    expect(await next).toBe(true);
    listener.close();
  });

  it('rings for all who listen to one upload, until they leave', async () => {
    const { started, half, ended } = story();
    const [one, other] = [await heard(started), await heard(started)];
    await board.show(started);
    expect(await Promise.all([rings(one), rings(other)])).toEqual([true, true]);
    one.close();
    one.close();
    await board.show(half);
    expect(await rings(other)).toBe(true);
    expect(one.isListening()).toBe(false);
    other.close();
    const again = await heard(started);
    await board.show(ended);
    expect(await rings(again)).toBe(true);
    again.close();
  });

  it('does not ring for another upload, nor for what was shown before', async () => {
    const { started } = story();
    const other = story().made;
    const listener = await heard(other);
    await board.show(started);
    await board.show(started);
    const stranger = await heard(started);
    const silence = new AbortController();
    const quiet = listener.rung(silence.signal).then(() => silence.signal.aborted);
    await board.show(started);
    silence.abort();
    expect(await quiet).toBe(true);
    listener.close();
    stranger.close();
  });

  it('ends at once for who leaves while waiting', async () => {
    const { started } = story();
    const listener = await heard(started);
    const waiting = listener.rung(AbortSignal.timeout(PATIENCE_MS));
    listener.close();
    await waiting;
    expect(listener.isListening()).toBe(false);
  });
};
