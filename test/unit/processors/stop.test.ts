import { describe, expect, it } from 'vitest';
import { RetryableError } from '../../../shared/domain/errors.ts';
import { orStopped } from '../../../shared/processors/reading/stop.ts';

const reason = new RetryableError('deadline_exceeded');

/** What a process would end of while `act` runs, and in the turn after it. */
const unheardDuring = async (act: () => Promise<void>): Promise<readonly unknown[]> => {
  const unheard: unknown[] = [];
  const hear = (error: unknown): void => void unheard.push(error);
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', hear);
  try {
    await act();
    await new Promise((resolve) => setTimeout(resolve, 0));
  } finally {
    process.off('unhandledRejection', hear);
    for (const other of others) process.on('unhandledRejection', other);
  }
  return unheard;
};

describe('work that cannot be interrupted', () => {
  it('is waited for, and answers', async () => {
    const { signal } = new AbortController();
    await expect(orStopped(Promise.resolve(7), signal)).resolves.toBe(7);
    await expect(orStopped(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken');
  });

  it('is not waited for after the stop', async () => {
    const stop = new AbortController();
    const waiting = orStopped(new Promise(() => undefined), stop.signal);
    stop.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  it.each([
    ['while it is under way', 'later'],
    ['before it began', 'earlier'],
  ])('ends no process by failing when the stop came %s', async (_, when) => {
    const unheard = await unheardDuring(async () => {
      const stop = new AbortController();
      if (when === 'earlier') stop.abort(reason);
      const work = new Promise((_, reject) => setTimeout(() => reject(new Error('late')), 0));
      const waiting = orStopped(work, stop.signal);
      stop.abort(reason);
      await expect(waiting).rejects.toBe(reason);
    });
    expect(unheard).toEqual([]);
  });
});
