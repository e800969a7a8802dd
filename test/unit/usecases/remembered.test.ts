import { describe, expect, it } from 'vitest';
import { createMemoryClock } from '../../../shared/adapters/memory/memory-clock.ts';
import { createRemembered } from '../../../shared/usecases/remembered.ts';

const setup = () => {
  const clock = createMemoryClock();
  const asked: string[] = [];
  const isDown = { value: false };
  const find = async (tenant: string) => {
    asked.push(tenant);
    if (isDown.value) throw new Error('down');
    return `of ${tenant}`;
  };
  return { clock, asked, isDown, remembered: createRemembered(find, clock) };
};

describe('what is remembered of a tenant', () => {
  it('is read once a minute, however many ask', async () => {
    const { clock, asked, remembered } = setup();

    expect(await Promise.all([remembered('acme'), remembered('acme')])).toEqual([
      'of acme',
      'of acme',
    ]);
    clock.tick(59_999);
    await remembered('acme');
    expect(asked).toEqual(['acme']);
    clock.tick(1);
    await remembered('acme');

    expect(asked).toEqual(['acme', 'acme']);
  });

  it('is not that it could not be read', async () => {
    const { asked, isDown, remembered } = setup();
    isDown.value = true;
    await expect(remembered('acme')).rejects.toThrow('down');
    isDown.value = false;

    expect(await remembered('acme')).toBe('of acme');
    expect(asked).toHaveLength(2);
  });

  it('is of a thousand tenants at most', async () => {
    const { asked, remembered } = setup();
    for (let tenant = 0; tenant < 1_000; tenant += 1) await remembered(`tenant ${tenant}`);
    await remembered('tenant 0');
    expect(asked).toHaveLength(1_000);

    await remembered('one more');
    await remembered('tenant 0');

    expect(asked).toHaveLength(1_002);
  });
});
