/**
 * Bundles all functions in one pass for `serverless offline`. The bundling plugin builds each by itself and so reads what
 * they share once for every function: one pass takes a quarter of that processor time. The plugin is left with nothing to
 * build; it still watches the files and tells the framework of a change, which is when the next pass runs.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { context } from 'esbuild';

/** Where the plugin puts what it builds, within its work folder, and where it tells the framework to look. */
const buildFolder = '.build';

/** Call before the framework's first hooks run. Gives the hooks that build, and what must run before this process ends. */
export const buildOnce = ({ service, serviceDir }) => {
  const definitions = Object.values(service.functions);
  for (const definition of definitions) definition.skipEsbuild = true;
  let esbuild;
  let pass = Promise.resolve();
  let isOver = false;
  const build = () => {
    pass = esbuild.then(rebuild);
    return pass;
  };
  /** An esbuild whose context is open when its host ends reports a deadlock, whichever way it is told to stop. */
  const end = async () => {
    isOver = true;
    const open = await esbuild?.catch(() => undefined);
    // It waits for a pass that is under way: one that is cancelled ends with the files it reads now.
    await open?.cancel();
    await open?.dispose();
    await pass.catch(() => undefined);
  };
  return {
    end,
    hooks: {
      'before:offline:start:init': async () => {
        esbuild = optionsOf(service.custom.esbuild, definitions, serviceDir).then(context);
        try {
          await build();
        } catch (error) {
          // The framework would end this process over what was broken off on purpose.
          if (isOver) await new Promise(() => undefined);
          await end();
          throw error;
        }
      },
      // Before loaded handlers are dropped. What does not build is told by esbuild itself, and the last good build stays.
      'before:offline:functionsUpdated:cleanup': () => build().catch(() => undefined),
    },
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
