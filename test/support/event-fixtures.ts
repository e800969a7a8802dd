/** The events of `events/`, each run through the function that its README names, over stores in memory. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { idOfObject } from '../../shared/adapters/object-id.ts';
import { createStaticSessionVerifier } from '../../shared/adapters/static-session-verifier.ts';
import { invocation } from './envelopes.ts';
import { createFunctions } from './functions.ts';

export const BUCKET = 'sluice-dev-uploads-000000000000';
const FOLDER = new URL('../../events/', import.meta.url);

const readme = readFileSync(new URL('README.md', FOLDER), 'utf8');
export const described = [
  ...readme.matchAll(/^\| `([\w-]+)\.json` +\| ([\w-]+) +\| (.+?) +\|$/gm),
].map(([, fixture = '', name = '', proves = '']) => ({ fixture, name, proves }));
export const files = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.replace(/\.json$/, ''));

export const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8'));
const functionOf = (name: string): string =>
  described.find((line) => line.fixture === name)?.name ?? 'none';

export const createFixtureWorld = async () => {
  const tokenSha256 = createHash('sha256').update('dev').digest('hex');
  const world = await createFunctions({
    uploadsBucket: BUCKET,
    losesEvents: true,
    sessions: createStaticSessionVerifier({ tokenSha256 }),
  });
  const run = (name: string): Promise<unknown> =>
    world.invoke[functionOf(name)]!(fixture(name), invocation());
  const failedOf = async (name: string): Promise<readonly number[]> => {
    const answer = (await run(name)) as { batchItemFailures: { itemIdentifier: string }[] };
    return answer.batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier.slice(-12)));
  };
  const uploadOf = (key: string) => world.store.find(idOfObject(BUCKET, key));
  return { ...world, run, failedOf, uploadOf };
};
