/** The hook that `register.mjs` registers. Every import in the project says its file's whole name, so nothing is resolved. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';

export const load = async (url, context, next) => {
  if (!url.endsWith('.ts') || url.includes('/node_modules/')) return next(url, context);
  const text = await readFile(fileURLToPath(url), 'utf8');
  const { code } = await transform(text, {
    loader: 'ts',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    sourcefile: fileURLToPath(url),
  });
  return { format: 'module', shortCircuit: true, source: code };
};
