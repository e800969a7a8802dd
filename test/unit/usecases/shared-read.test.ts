import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, vi } from 'vitest';
import { createSharedRead } from '../../../shared/usecases/shared-read.ts';

const CHUNK = 64 * 1024;

/** A source of so many chunks that counts what was taken from it. */
const setup = (chunks = 40, readers: readonly string[] = ['a', 'b']) => {
  const bytes = randomBytes(chunks * CHUNK);
  const sources: Readable[] = [];
  let taken = 0;
  const open = async () => {
    let at = 0;
    const source = new Readable({
      highWaterMark: CHUNK,
      read() {
        const chunk = bytes.subarray(at, at + CHUNK);
        at += chunk.length;
        taken += chunk.length;
        this.push(chunk.length === 0 ? null : chunk);
      },
    });
    sources.push(source);
    return source;
  };
  const shared = createSharedRead(readers, open);
  return { shared, bytes, sources, taken: () => taken };
};

describe('a shared read', () => {
  it('gives every reader all bytes from one source', async () => {
    const { shared, bytes, sources } = setup();

    const [a, b] = await Promise.all([
      shared.open('a').then(buffer),
      shared.open('b').then(buffer),
    ]);

    expect(a.equals(bytes)).toBe(true);
    expect(b.equals(bytes)).toBe(true);
    expect(sources).toHaveLength(1);
  });

  it('waits with the source until every reader has opened or left', async () => {
    const { shared, sources } = setup();
    const opened = shared.open('a');
    await Promise.resolve();
    expect(sources).toHaveLength(0);

    shared.leave('b');
    await opened;

    expect(sources).toHaveLength(1);
  });

  it('goes at the pace of the slowest, so nothing piles up', async () => {
    const { shared, taken } = setup(400);
    const [a, b] = await Promise.all([shared.open('a'), shared.open('b')]);
    a.resume();
    await new Promise((resolve) => setImmediate(resolve));

    expect(taken()).toBeLessThan(20 * CHUNK);
    a.destroy();
    b.destroy();
  });

  it('goes on for the others when one lets go of its stream', async () => {
    const { shared, bytes } = setup();
    const [a, b] = await Promise.all([shared.open('a'), shared.open('b')]);
    a.destroy();

    expect((await buffer(b)).equals(bytes)).toBe(true);
  });

  it('goes on for the others when one leaves without letting go of its stream', async () => {
    const { shared, bytes } = setup();
    const [, b] = await Promise.all([shared.open('a'), shared.open('b')]);
    shared.leave('a');

    expect((await buffer(b)).equals(bytes)).toBe(true);
  });

  it('lets go of the source when nobody reads any more', async () => {
    const { shared, sources } = setup();
    const [a, b] = await Promise.all([shared.open('a'), shared.open('b')]);

    a.destroy();
    b.destroy();

    await expect.poll(() => sources[0]?.destroyed).toBe(true);
  });

  it('tells every reader when the source breaks', async () => {
    const source = new Readable({ read: () => undefined });
    const shared = createSharedRead(['a', 'b'], async () => source);
    const [a, b] = await Promise.all([shared.open('a'), shared.open('b')]);
    source.destroy(new Error('ECONNRESET'));

    await expect(buffer(a)).rejects.toThrow('ECONNRESET');
    await expect(buffer(b)).rejects.toThrow('ECONNRESET');
  });

  it('tells every reader when the source does not even open', async () => {
    const shared = createSharedRead(['a', 'b'], async () => {
      throw new Error('gone');
    });

    const opened = await Promise.allSettled([shared.open('a'), shared.open('b')]);

    expect(opened.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('gives a source of its own to whoever opens again', async () => {
    const { shared, bytes, sources } = setup(2, ['a']);
    await buffer(await shared.open('a'));

    expect((await buffer(await shared.open('a'))).equals(bytes)).toBe(true);
    expect(sources).toHaveLength(2);
  });

  it('gives those who want it in one piece the same one', async () => {
    const { shared, bytes, sources } = setup(4, ['a', 'b', 'c']);

    const [a, b, c] = await Promise.all([
      shared.whole('a', bytes.length),
      shared.whole('b', bytes.length),
      shared.open('c').then(buffer),
    ]);

    expect(a.equals(bytes)).toBe(true);
    expect(b).toBe(a);
    expect(c.equals(bytes)).toBe(true);
    expect(sources).toHaveLength(1);
  });

  it('goes on with the piece until all who share it have left', async () => {
    const { shared, bytes, sources } = setup(400);
    const [a, b] = [shared.whole('a', bytes.length), shared.whole('b', bytes.length)];
    shared.leave('a');

    expect((await b).equals(bytes)).toBe(true);
    expect(await a).toBe(await b);
    shared.leave('b');
    expect(sources[0]?.destroyed).toBe(true);
  });

  it('lets go of the source when all who share the piece have left', async () => {
    const { shared, bytes, sources, taken } = setup(400);
    const pieces = [shared.whole('a', bytes.length), shared.whole('b', bytes.length)];
    while (sources.length === 0) await Promise.resolve();
    shared.leave('a');
    shared.leave('b');

    await expect(Promise.all(pieces)).rejects.toThrow();
    await vi.waitFor(() => expect(sources[0]?.destroyed).toBe(true));
    expect(taken()).toBeLessThan(bytes.length);
  });
});
