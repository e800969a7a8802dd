/**
 * Bundles all functions in one pass for `serverless offline`. The bundling plugin builds each by itself and so reads what
 * they share once for every function: one pass takes a quarter of that processor time. The plugin is left with nothing to
 * build; it still watches the files and tells the framework of a change, which is when the next pass runs.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { context, stop } from 'esbuild';

/** Where the plugin puts what it builds, within its work folder, and where it tells the framework to look. */
const buildFolder = '.build';

/** Call before the framework's first hooks run. Gives the hooks that build. */
export const buildOnceHooks = ({ service, serviceDir }) => {
  const definitions = Object.values(service.functions);
  for (const definition of definitions) definition.skipEsbuild = true;
  let build;
  return {
    'before:offline:start:init': async () => {
      // Left alone, esbuild's process would report a deadlock of its own when this one is gone.
      process.once('exit', () => void stop());
      build = await context(await optionsOf(service.custom.esbuild, definitions, serviceDir));
      await rebuild(build);
    },
    // Before loaded handlers are dropped. What does not build is told by esbuild itself, and the last good build stays.
    'before:offline:functionsUpdated:cleanup': () => rebuild(build).catch(() => undefined),
  };
};

/** esbuild itself would remove the files of the last good build before it says that this one is not. */
const rebuild = async (build) => {
  const { outputFiles } = await build.rebuild();
  for (const { path, contents } of outputFiles) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, contents);
  }
};

/** What serverless.yml says of a deployment's bundles, without what is for the plugin alone. */
const optionsOf = async (settings, definitions, serviceDir) => {
  const {
    concurrency,
    exclude,
    outputFileExtension,
    outputWorkFolder,
    plugins,
    skipRebuild,
    watch,
    ...own
  } = settings;
  const { default: loaded } = await import(pathToFileURL(join(serviceDir, plugins)).href);
  const files = definitions.map(({ handler }) => handler.replace(/\.\w+$/, '.ts'));
  return {
    ...own,
    plugins: loaded,
    platform: 'node',
    logLevel: 'warning',
    external: exclude,
    absWorkingDir: serviceDir,
    entryPoints: [...new Set(files)],
    outbase: '.',
    outdir: join(outputWorkFolder, buildFolder),
    outExtension: { '.js': outputFileExtension },
    write: false,
  };
};
