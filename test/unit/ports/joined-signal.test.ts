import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { joinSignals } from '../../../shared/ports/joined-signal.ts';

const setup = () => {
  const [one, other] = [new AbortController(), new AbortController()];
  return { one, other, joined: joinSignals(one.signal, other.signal) };
};

describe('a joined signal', () => {
  it('aborts with the first of its causes, and keeps its reason', () => {
    const { one, other, joined } = setup();
    expect(joined.signal.aborted).toBe(false);

    other.abort('other');
    one.abort('one');

    expect(joined.signal.reason).toBe('other');
  });

  it('is aborted at once by a cause that already is', () => {
    const { signal } = joinSignals(new AbortController().signal, AbortSignal.abort('before'));

    expect(signal.reason).toBe('before');
  });

  it('is aborted by nothing once it is released, and no cause keeps hold of it', () => {
    const { one, other, joined } = setup();

    joined.release();

    for (const { signal } of [one, other]) expect(getEventListeners(signal, 'abort')).toEqual([]);
    one.abort();
    expect(joined.signal.aborted).toBe(false);
  });

  it('may be listened to by as many requests as its work makes', async () => {
    const { signal } = setup().joined;
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);

    for (let request = 0; request < 20; request += 1) {
      signal.addEventListener('abort', () => undefined, { once: true });
    }
    await new Promise((resolve) => setImmediate(resolve));

    process.off('warning', note);
    expect(warnings).toEqual([]);
  });
});
