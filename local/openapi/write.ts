/** `npm run openapi` writes docs/openapi.json; with `--check` it only looks, and says what is not as it should be. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { routes } from '../../shared/contracts/routes/routes.ts';
import { openapiDocument } from './document.ts';
import { templateRoutes } from './template-routes.ts';

const projectFile = (path: string): URL => new URL(`../../${path}`, import.meta.url);

const OPENAPI_FILE = projectFile('docs/openapi.json');

/** The document as it is kept and served. */
export const openapiText = async (): Promise<string> => {
  const { version } = JSON.parse(await readFile(projectFile('package.json'), 'utf8'));
  return `${JSON.stringify(openapiDocument(version), null, 2)}\n`;
};

/** What is wrong with the committed document, in sentences. */
export const openapiTroubles = async (): Promise<readonly string[]> => {
  const [described, real] = [Object.keys(routes), [...templateRoutes().keys()]];
  const stale = (await readFile(OPENAPI_FILE, 'utf8')) !== (await openapiText());
  return [
    ...real
      .filter((route) => !described.includes(route))
      .map((route) => `${route} has no entry in shared/contracts/routes: write one.`),
    ...described
      .filter((route) => !real.includes(route))
      .map((route) => `${route} is in shared/contracts/routes and not in serverless.yml.`),
    ...(stale ? ['docs/openapi.json is of yesterday: run "npm run openapi" and commit it.'] : []),
  ];
};

const main = async (isCheck: boolean): Promise<void> => {
  if (!isCheck) return writeFile(OPENAPI_FILE, await openapiText());
  const troubles = await openapiTroubles();
  for (const trouble of troubles) process.stderr.write(`${trouble}\n`);
  if (troubles.length > 0) process.exitCode = 1;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv[2] === '--check');
