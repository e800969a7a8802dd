/** Bundles the queue functions as they are deployed, each with a host around it and the shifted clock in it. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const projectDir = fileURLToPath(new URL('../..', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));

const shiftedClock: Plugin = {
  name: 'shifted-clock',
  setup({ onResolve }) {
    onResolve({ filter: /\/system-clock\.ts$/ }, () => ({ path: join(here, 'shifted-clock.ts') }));
  },
};

export interface Bundles {
  readonly fileOf: (functionKey: string) => string;
  readonly remove: () => Promise<void>;
}

/** Inside the project, where native packages that cannot be bundled are found. */
export const bundleHosts = async (functionKeys: readonly string[]): Promise<Bundles> => {
  const outdir = join(projectDir, '.local', `chaos-${process.pid}`);
  await mkdir(outdir, { recursive: true });
  await Promise.all(
    functionKeys.map((key) =>
      build({
        stdin: {
          contents: `import { handler } from './functions/${key}.ts';\nimport { serve } from './test/chaos/host.ts';\nserve(handler);`,
          resolveDir: projectDir,
          loader: 'ts',
        },
        outfile: join(outdir, `${key}.cjs`),
        bundle: true,
        platform: 'node',
        format: 'cjs',
        target: 'node20',
        mainFields: ['module', 'main'],
        supported: { 'dynamic-import': false },
        external: ['sharp'],
        keepNames: true,
        plugins: [shiftedClock],
        logLevel: 'error',
      }),
    ),
  );
  return {
    fileOf: (key) => join(outdir, `${key}.cjs`),
    remove: () => rm(outdir, { recursive: true, force: true }),
  };
};
