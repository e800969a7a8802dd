/** What of others' code is deployed, and that it is the same bytes on every machine. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'));

const { packages } = read('package-lock.json') as { packages: Record<string, Locked> };
const { dependencies } = read('package.json') as { dependencies: Record<string, string> };
const deployed = Object.entries(packages).filter(([path, { dev }]) => path !== '' && !dev);

describe('a package that a function may carry', () => {
  it('E22: is pinned to one version by the hash of its bytes', () => {
    const loose = deployed.filter(
      ([, { version, integrity }]) => version === undefined || !integrity?.startsWith('sha512-'),
    );

    expect(deployed.length).toBeGreaterThan(Object.keys(dependencies).length);
    expect(loose).toEqual([]);
  });

  it('E22: comes from the registry, and runs nothing when it is installed', () => {
    const strange = deployed.filter(
      ([, { resolved, hasInstallScript }]) =>
        hasInstallScript || (resolved !== undefined && !resolved.startsWith('https://')),
    );
    const byAddress = Object.values(dependencies).filter((range) => !/^[\^~]?\d/.test(range));

    expect(strange).toEqual([]);
    expect(byAddress).toEqual([]);
  });
});
