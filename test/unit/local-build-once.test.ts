/** The bundler of the laptop stack ends with its host, and without a word. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const plugin = new URL('../../local/plugin/build-once.mjs', import.meta.url).href;
const folder = mkdtempSync(join(tmpdir(), 'build-once-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As `serverless offline` with one function that is told to stop right after it was too busy to answer esbuild's pings. */
const host = `
import { buildOnce } from '${plugin}';
const service = {
  functions: { one: { handler: 'one.handler' } },
  custom: { esbuild: { plugins: 'none.mjs', exclude: [], outputFileExtension: '.cjs', outputWorkFolder: 'built' } },
};
const { hooks, end } = buildOnce({ service, serviceDir: process.cwd() });
await hooks['before:offline:start:init']();
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
await end();
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
process.exit(0);
`;

/** A plugin that gives a chain of a hundred files, each after a tenth of a second. */
const slowly = `
export default [{ name: 'slowly', setup(build) {
  build.onResolve({ filter: /^chain:/ }, ({ path }) => ({ path, namespace: 'chain' }));
  build.onLoad({ filter: /.*/, namespace: 'chain' }, async ({ path }) => {
    const link = Number(path.slice(6));
    await new Promise((wake) => setTimeout(wake, 100));
    process.stdout.write('.');
    return { contents: link < 100 ? \`import 'chain:\${link + 1}';\` : '' };
  });
} }];
`;

/** One that is told to stop in the middle of its first pass. */
const hasty = `
import { buildOnce } from '${plugin}';
const service = {
  functions: { one: { handler: 'chain.handler' } },
  custom: { esbuild: { bundle: true, plugins: 'slowly.mjs', exclude: [], outputFileExtension: '.cjs', outputWorkFolder: 'built' } },
};
const { hooks, end } = buildOnce({ service, serviceDir: process.cwd() });
hooks['before:offline:start:init']();
await new Promise((wake) => setTimeout(wake, 1_000));
await end();
process.exit(0);
`;

it('breaks off a pass that is under way when it is stopped', () => {
  writeFileSync(join(folder, 'chain.ts'), "import 'chain:1'; export const handler = () => 1;");
  writeFileSync(join(folder, 'slowly.mjs'), slowly);
  writeFileSync(join(folder, 'hasty.mjs'), hasty);

  const { status, stdout } = spawnSync(process.execPath, ['hasty.mjs'], {
    cwd: folder,
    encoding: 'utf8',
  });

  expect(status).toBe(0);
  expect(stdout).toMatch(/^\.+$/);
  expect(stdout.length).toBeLessThan(50);
}, 60_000);

it('says nothing when it is stopped, though esbuild still waits for an answer', () => {
  writeFileSync(join(folder, 'one.ts'), 'export const handler = () => 1;');
  writeFileSync(join(folder, 'none.mjs'), 'export default [];');
  writeFileSync(join(folder, 'host.mjs'), host);

  const { status, stdout, stderr } = spawnSync(process.execPath, ['host.mjs'], {
    cwd: folder,
    encoding: 'utf8',
  });

  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
});
