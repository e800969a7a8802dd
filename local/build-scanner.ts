/** Compiles the table scanner into `shared/processors/table/scanner-wasm.ts`: `npm run build:scanner`. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const GENERATED = new URL('../shared/processors/table/scanner-wasm.ts', import.meta.url);
/** Characters of one line of the generated file. */
const LINE = 96;

const OPTIONS = [
  ...['--optimizeLevel', '3', '--shrinkLevel', '0', '--noAssert'],
  // Nothing is allocated, and nothing but the declared functions is asked of the caller.
  ...['--runtime', 'stub', '--use', 'abort='],
  ...['--enable', 'simd'],
  // Ten pages of 64 KiB; what the compiler places lies below the input, which starts at the second.
  ...['--initialMemory', '10', '--lowMemoryLimit', '65536'],
];

/** The compiler's decorator is no TypeScript where it is needed, so the sources have it as a comment. */
const withDecorators = (source: string): string => source.replaceAll('/* @inline */', '@inline');

const readSource = async (name: string): Promise<string | null> => {
  try {
    return withDecorators(await readFile(new URL(`../${name}`, import.meta.url), 'utf8'));
  } catch (error) {
    // The compiler asks for names that may not exist, to find what an import means.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
};

/** The compiled scanner. The same sources and the same compiler give the same bytes. */
export const compileScanner = async (): Promise<Uint8Array> => {
  let compiled: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    ['scanner/index.ts', '--outFile', 'scanner.wasm', ...OPTIONS],
    {
      readFile: readSource,
      writeFile: (_, contents) => {
        compiled = Buffer.from(contents);
      },
      listFiles: () => [],
    },
  );
  if (error !== null || compiled === undefined) throw new Error(`${error}\n${stderr}`);
  return compiled;
};

/** What the generated file says for these bytes. */
export const generatedFor = (compiled: Uint8Array): string => {
  const lines = Buffer.from(compiled)
    .toString('base64')
    .match(new RegExp(`.{1,${LINE}}`, 'g'));
  const pieces = (lines ?? []).map((line) => `  '${line}',`);
  return [
    '/** Generated from `scanner/` by `npm run build:scanner`. Do not edit. */',
    'export const SCANNER_WASM = [',
    ...pieces,
    "].join('');",
    '',
  ].join('\n');
};

export const generatedPath = fileURLToPath(GENERATED);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const compiled = await compileScanner();
  await writeFile(generatedPath, generatedFor(compiled));
  console.log(`${generatedPath}: ${compiled.length} bytes of WebAssembly`);
}
