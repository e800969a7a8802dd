/**
 * Leaves out of every bundle what no function uses of the packages that it does use (`custom.esbuild.plugins` in serverless.yml).
 * A sandbox reads and runs all of its bundle before its first event. Each of these is reached only by an option that we do not
 * set; a package that moves such a file gets the whole of it back, and the ceilings of the bundles say so (`npm run ceilings`).
 */
import { readFile } from 'node:fs/promises';

/** What the adapters send to Redis, and ioredis by itself. ioredis makes two methods for each of the 301 that it knows. */
export const REDIS_COMMANDS = [
  ...['get', 'set', 'del', 'mget', 'hget', 'eval', 'evalsha', 'subscribe', 'unsubscribe'],
  ...['auth', 'select', 'info', 'client', 'hello', 'ping', 'quit', 'multi', 'exec'],
];

const REPLACED = [
  {
    // Clusters and sentinels: the one endpoint of ElastiCache Serverless is a plain server to its clients.
    files:
      /node_modules\/ioredis\/built\/(?:cluster\/index|connectors\/SentinelConnector\/index)\.js$/,
    contents: 'exports.default = undefined;',
  },
  {
    // Certificates of another vendor's cloud, asked for by its name.
    files: /node_modules\/ioredis\/built\/constants\/TLSProfiles\.js$/,
    contents: 'exports.default = {};',
  },
  {
    // Traces of packages, written where DEBUG asks for them.
    files: /node_modules\/debug\/src\/index\.js$/,
    contents:
      'module.exports = () => Object.assign(() => undefined, { enabled: false }); module.exports.default = module.exports;',
  },
  {
    // Schemas of schemas, which only `npm run openapi` makes.
    files: /node_modules\/zod\/v4\/core\/to-json-schema\.js$/,
    contents:
      'exports.createToJSONSchemaMethod = exports.createStandardJSONSchemaMethod = () => undefined;',
  },
  {
    files: /node_modules\/zod\/v4\/core\/json-schema-processors\.js$/,
    contents: 'exports.none = undefined;',
  },
  {
    // Answers that are streams of events: none of S3's that we ask for is one.
    files: /node_modules\/@smithy\/core\/dist-es\/submodules\/event-streams\/index\.js$/,
    contents:
      'exports.resolveEventStreamSerdeConfig = (config) => config; exports.eventStreamSerdeProvider = () => undefined;',
  },
];

const COMMANDS = /node_modules\/@ioredis\/commands\/built\/commands\.json$/;

const commandsIn = async (path) => {
  const all = JSON.parse(await readFile(path, 'utf8'));
  return JSON.stringify(Object.fromEntries(REDIS_COMMANDS.map((name) => [name, all[name]])));
};

const leanBundles = {
  name: 'lean-bundles',
  setup(build) {
    build.onLoad({ filter: COMMANDS }, async ({ path }) => ({
      contents: await commandsIn(path),
      loader: 'json',
    }));
    for (const { files, contents } of REPLACED)
      build.onLoad({ filter: files }, () => ({ contents, loader: 'js' }));
  },
};

export default [leanBundles];
