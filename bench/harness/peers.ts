/** The peers: installed by the benches themselves, beside the project and never into its lock file. */
import { execFile } from 'node:child_process';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

/** Where everything lies that a bench makes for itself; not in the repository. */
const cacheDir = fileURLToPath(new URL('../../.bench', import.meta.url));

/** The versions that are measured against; a newer one is a new measurement. */
const VERSIONS = {
  bullmq: '6.7.0',
  yauzl: '3.2.0',
  'pdfjs-dist': '5.4.296',
  '@duckdb/node-api': '1.5.6-r.1',
  'csv-parse': '7.0.3',
  papaparse: '5.7.1',
  '@aws-lambda-powertools/batch': '2.35.0',
  '@aws-lambda-powertools/idempotency': '2.35.0',
  '@aws-lambda-powertools/logger': '2.35.0',
} as const;

export type PeerName = keyof typeof VERSIONS;

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const folderOf = (name: PeerName): string =>
  join(cacheDir, 'peers', `${name.replace('/', '+')}@${VERSIONS[name]}`);

/** The folder with the peer in its node_modules; installs it at the first call. */
export const installPeer = async (
  name: PeerName,
  besides: readonly string[] = [],
): Promise<string> => {
  const folder = folderOf(name);
  const done = join(folder, 'installed');
  if (await exists(done)) return folder;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  const wanted = [`${name}@${VERSIONS[name]}`, ...besides];
  await promisify(execFile)('npm', ['install', '--no-audit', '--no-fund', ...wanted], {
    cwd: folder,
  });
  await writeFile(done, '');
  return folder;
};

/** Loads the peer, from its own folder, as its own users would. */
export const loadPeer = async <Module>(name: PeerName): Promise<Module> => {
  const folder = await installPeer(name);
  const path = createRequire(join(folder, 'package.json')).resolve(name);
  return (await import(pathToFileURL(path).href)) as Module;
};

export const peerVersion = (name: PeerName): string => `${name} ${VERSIONS[name]}`;
