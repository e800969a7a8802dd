import { afterEach, describe, expect, it, vi } from 'vitest';
import { isAbsent } from '../support/installed.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a program that is not installed', () => {
  it('has its tests skipped on a machine of a user, and fails them where nothing may be skipped', () => {
    vi.stubEnv('SKIP_NOTHING', '');
    expect(isAbsent(undefined, 'Chromium')).toBe(true);
    expect(isAbsent('/usr/bin/chromium', 'Chromium')).toBe(false);

    vi.stubEnv('SKIP_NOTHING', '1');
    expect(() => isAbsent(undefined, 'Chromium')).toThrow('no Chromium on this machine');
    expect(isAbsent('/usr/bin/chromium', 'Chromium')).toBe(false);
  });
});
