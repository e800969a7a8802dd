/** Builds the upload page of web/ and puts the OpenAPI document beside it: for the laptop in memory, for a deployment (`npm run web:build`) into web/dist. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { openapiText } from './openapi/write.ts';

const pageDir = fileURLToPath(new URL('../web', import.meta.url));
const outputDir = join(pageDir, 'dist');

/** What is taken as it stands; index.html names all the others. */
const plainFiles = ['index.html', 'icon.svg'] as const;

export type PageFiles = ReadonlyMap<string, Uint8Array>;

/** Name → content of each file of the page. Rejects with esbuild's own words when the page has a mistake. */
export const buildPage = async (): Promise<PageFiles> => {
  const { outputFiles } = await build({
    absWorkingDir: pageDir,
    entryPoints: ['app.ts', 'app.css'],
    outdir: outputDir,
    write: false,
    bundle: true,
    minify: true,
    format: 'iife',
    // The oldest browsers with nested `dialog`, `color-mix` and `toSorted`: all of 2023.
    target: ['chrome112', 'firefox115', 'safari16.4'],
    logLevel: 'silent',
  });
  const plain = plainFiles.map(
    async (name) => [name, await readFile(join(pageDir, name))] as const,
  );
  const built = outputFiles.map(({ path, contents }) => [basename(path), contents] as const);
  const openapi = ['openapi.json', Buffer.from(await openapiText())] as const;
  return new Map([...(await Promise.all(plain)), ...built, openapi]);
};

/** Writes the page into web/dist, which then lacks only its config.json. */
const writePage = async (): Promise<void> => {
  const files = await buildPage();
  await rm(outputDir, { recursive: true, force: true });
  await mkdir(outputDir);
  for (const [name, content] of files) await writeFile(join(outputDir, name), content);
  const bytes = [...files.values()].reduce((sum, content) => sum + content.byteLength, 0);
  process.stdout.write(
    `web/dist: ${[...files.keys()].join(', ')}, ${Math.ceil(bytes / 1024)} KiB\n`,
  );
};

if (process.argv[1] === fileURLToPath(import.meta.url)) await writePage();
