import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const project = fileURLToPath(new URL('../../..', import.meta.url));

it('the client is itself and nothing else: no package, no schema, nothing of Node', async () => {
  const { metafile } = await build({
    absWorkingDir: project,
    entryPoints: ['client/sluice.ts', 'client/start-session.ts'],
    outdir: 'nowhere',
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
  });

  const files = Object.keys(metafile.inputs);
  expect(files).toContain('client/upload.ts');
  expect(files.filter((file) => !file.startsWith('client/'))).toEqual([]);
});
