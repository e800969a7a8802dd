/** `npm run openapi`: writes docs/openapi.json. A test fails while it is not what the schemas say. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openapiDocument } from './document.ts';

const projectFile = (path: string): URL => new URL(`../../${path}`, import.meta.url);

export const OPENAPI_FILE = fileURLToPath(projectFile('docs/openapi.json'));

/** The document as it is kept and served. */
export const openapiText = async (): Promise<string> => {
  const { version } = JSON.parse(await readFile(projectFile('package.json'), 'utf8'));
  return `${JSON.stringify(openapiDocument(version), null, 2)}\n`;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(OPENAPI_FILE, await openapiText());
  process.stdout.write('docs/openapi.json is written.\n');
}
