import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { createMemoryClock } from '../../../shared/adapters/memory/memory-clock.ts';
import { createOwnTime } from '../../../shared/usecases/own-time.ts';

const setup = (limitMs = 1000) => {
  const clock = createMemoryClock();
  const time = createOwnTime(clock, limitMs, () => new Error('spent'));
  return { clock, time, isSpent: () => time.signal.aborted };
};

/** Streams and their readers go on in ticks of their own. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('own time', () => {
  it('is spent after as many milliseconds, and not one earlier', async () => {
    const { clock, time, isSpent } = setup();

    await clock.advance(999);
    expect(isSpent()).toBe(false);
    await clock.advance(1);

    expect(isSpent()).toBe(true);
    expect(time.signal.reason).toEqual(new Error('spent'));
  });

  it('does not pass while an answer of the storage is waited for, and goes on afterwards', async () => {
    const { clock, time, isSpent } = setup();
    await clock.advance(600);

    const answered = time.waitFor(clock.sleep(3_600_000).then(() => 'answer'));
    await clock.advance(3_600_000);
    expect(await answered).toBe('answer');
    await clock.advance(399);
    expect(isSpent()).toBe(false);
    await clock.advance(1);

    expect(isSpent()).toBe(true);
  });

  it('goes on when bytes come, though nobody has read them yet', async () => {
    const { clock, time, isSpent } = setup();
    const stream = time.watch(new PassThrough());
    stream.read();
    await clock.advance(3_600_000);
    expect(isSpent()).toBe(false);

    stream.push('bytes');
    await clock.advance(1000);

    expect(isSpent()).toBe(true);
  });

  it('goes on when the storage answers with an error', async () => {
    const { clock, time, isSpent } = setup();
    const answered = time.waitFor(clock.sleep(5000).then(() => Promise.reject(new Error('down'))));
    const told = expect(answered).rejects.toThrow('down');

    await clock.advance(5000);
    await told;
    await clock.advance(1000);

    expect(isSpent()).toBe(true);
  });

  it('goes on only when the last of several waits is over', async () => {
    const { clock, time, isSpent } = setup();
    const waits = [5000, 9000].map((ms) => time.waitFor(clock.sleep(ms)));

    await clock.advance(9000);
    await Promise.all(waits);
    await clock.advance(999);
    expect(isSpent()).toBe(false);
    await clock.advance(1);

    expect(isSpent()).toBe(true);
  });

  it('leaves no timer behind', async () => {
    const { clock, time } = setup();

    time.stop();
    await clock.advance(0);

    expect(clock.nextWakeAt()).toBeUndefined();
  });
});

describe('own time of who reads a stream', () => {
  it('does not pass while there is nothing to read', async () => {
    const { clock, time, isSpent } = setup();
    const source = new PassThrough();
    const read = buffer(time.watch(source));
    await settled();

    await clock.advance(60_000);
    source.write('late ');
    await settled();
    await clock.advance(60_000);
    source.end('bytes');

    expect(String(await read)).toBe('late bytes');
    expect(isSpent()).toBe(false);
    await clock.advance(1000);
    expect(isSpent()).toBe(true);
  });

  it('does not pass for who is handed every chunk as it comes', async () => {
    const { clock, time, isSpent } = setup();
    const source = new PassThrough();
    const chunks: string[] = [];
    time.watch(source).on('data', (chunk) => chunks.push(String(chunk)));
    for (const text of ['one', 'two']) {
      await settled();
      await clock.advance(60_000);
      source.write(text);
    }
    await settled();

    expect(chunks).toEqual(['one', 'two']);
    expect(isSpent()).toBe(false);
  });

  it('passes while there are bytes that it has not taken', async () => {
    const { clock, time, isSpent } = setup();
    const stream = time.watch(Readable.from(['one', 'two']));
    const chunks = stream[Symbol.asyncIterator]();
    await chunks.next();
    await settled();

    await clock.advance(1000);

    expect(isSpent()).toBe(true);
  });

  it('passes again once the stream was broken off', async () => {
    const { clock, time, isSpent } = setup();
    const source = new PassThrough();
    const read = buffer(time.watch(source)).catch(() => undefined);
    await settled();
    source.destroy(new Error('reset'));
    await read;

    await clock.advance(1000);

    expect(isSpent()).toBe(true);
  });
});
