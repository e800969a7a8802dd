/** The functions as they are bundled for a deploy: by the very settings of serverless.yml. */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the packaging plugin understands besides esbuild's own options. */
interface PluginSettings {
  readonly exclude: string[];
  readonly watch: unknown;
  readonly concurrency: unknown;
  readonly outputFileExtension: unknown;
  /** The file that exports esbuild's plugins. */
  readonly plugins: string;
}

/** Names of the files in functions/, which are the keys of serverless.yml. */
export const functionNames = async (): Promise<readonly string[]> =>
  (await readdir(`${root}functions`)).map((file) => file.replace(/\.ts$/, '')).sort();

const settingsOf = async (): Promise<BuildOptions> => {
  // References to resources stand in other parts of the file; here they may be any text.
  const template = parse(await readFile(`${root}serverless.yml`, 'utf8'), { logLevel: 'silent' });
  const { exclude, watch, concurrency, outputFileExtension, plugins, ...options } = template.custom
    .esbuild as PluginSettings & Omit<BuildOptions, 'plugins'>;
  const { default: loaded } = (await import(`${root}${plugins}`)) as { readonly default: Plugin[] };
  return { ...options, plugins: loaded, external: exclude, platform: 'node' };
};

/** The bundle of each named function, by name. */
export const bundlesOf = async (
  names: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array>> => {
  const { outputFiles = [] } = await build({
    ...(await settingsOf()),
    absWorkingDir: root,
    entryPoints: names.map((name) => ({ in: `functions/${name}.ts`, out: name })),
    outdir: 'bundles',
    write: false,
    logLevel: 'error',
  });
  return new Map(
    outputFiles.map(({ path, contents }) => [path.replace(/^.*\/|\.js$/g, ''), contents]),
  );
};
