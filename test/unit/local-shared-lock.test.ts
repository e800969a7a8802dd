/** The lock that keeps DynamoDB transactions apart from everything else. */
import { describe, expect, it } from 'vitest';
import { createSharedLock } from '../../local/dynamodb/shared-lock.ts';

const setup = () => {
  const lock = createSharedLock();
  const log: string[] = [];
  const work = (name: string, turns: number) => async () => {
    log.push(`${name} in`);
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    log.push(`${name} out`);
  };
  return { lock, log, work };
};

describe('a shared lock', () => {
  it('lets sharers in together', async () => {
    const { lock, log, work } = setup();

    await Promise.all([lock.shared(work('a', 5)), lock.shared(work('b', 5))]);

    expect(log).toEqual(['a in', 'b in', 'a out', 'b out']);
  });

  it('keeps everyone out while one is alone, and lets nobody overtake', async () => {
    const { lock, log, work } = setup();

    await Promise.all([
      lock.shared(work('a', 5)),
      lock.exclusive(work('alone', 5)),
      lock.shared(work('b', 5)),
      lock.exclusive(work('alone again', 5)),
    ]);

    expect(log).toEqual([
      'a in',
      'a out',
      'alone in',
      'alone out',
      'b in',
      'b out',
      'alone again in',
      'alone again out',
    ]);
  });

  it('opens again after work that failed', async () => {
    const { lock } = setup();
    const fail = async () => {
      throw new Error('broken');
    };

    await expect(lock.exclusive(fail)).rejects.toThrow('broken');
    await expect(lock.shared(fail)).rejects.toThrow('broken');

    expect(await lock.exclusive(async () => 'open')).toBe('open');
  });
});
