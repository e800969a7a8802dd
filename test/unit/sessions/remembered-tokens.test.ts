import { describe, expect, it } from 'vitest';
import { createMemoryClock } from '../../../shared/adapters/memory/memory-clock.ts';
import { createRememberedTokens } from '../../../shared/adapters/sessions/remembered-tokens.ts';

const MINUTE = 60_000;

const setup = (lifeMs = 60 * MINUTE) => {
  const clock = createMemoryClock();
  const read: string[] = [];
  const expiresAt = clock.now() + lifeMs;
  const tokens = createRememberedTokens({
    clock,
    tokens: {
      async read(token) {
        read.push(token);
        if (!token.startsWith('good') || clock.now() >= expiresAt) return undefined;
        return { tenant: 'acme', owner: token, session: { issuer: 'i', id: token }, expiresAt };
      },
    },
  });
  return { clock, read, tokens };
};

describe('a token that was genuine', () => {
  it('is read once, and says the same each time', async () => {
    const { tokens, read } = setup();

    const first = await tokens.read('good 1');
    const second = await tokens.read('good 1');

    expect(second).toEqual(first);
    expect(first).toMatchObject({ owner: 'good 1' });
    expect(read).toEqual(['good 1']);
  });

  it('is not taken for another one', async () => {
    const { tokens } = setup();
    await tokens.read('good 1');

    expect(await tokens.read('good 2')).toMatchObject({ owner: 'good 2' });
    expect(await tokens.read('good 1 ')).toMatchObject({ owner: 'good 1 ' });
    expect(await tokens.read('bad')).toBeUndefined();
  });

  it('E2: is read again after a few minutes, and never counts past its own end', async () => {
    const { tokens, read, clock } = setup(7 * MINUTE);
    await tokens.read('good 1');

    clock.tick(5 * MINUTE);
    expect(await tokens.read('good 1')).toBeDefined();
    expect(read).toHaveLength(2);
    clock.tick(2 * MINUTE);
    expect(await tokens.read('good 1')).toBeUndefined();
    expect(read).toHaveLength(3);
  });

  it('makes no text remembered that is none, however often it comes', async () => {
    const { tokens, read } = setup();

    for (let time = 0; time < 3; time += 1) await tokens.read('bad');

    expect(read).toHaveLength(3);
  });

  it('is one of a thousand at most: the oldest is read again', async () => {
    const { tokens, read } = setup();
    for (let user = 0; user <= 1_000; user += 1) await tokens.read(`good ${user}`);

    await tokens.read('good 1000');
    expect(read).toHaveLength(1_001);
    await tokens.read('good 0');
    expect(read).toHaveLength(1_002);
  });
});
