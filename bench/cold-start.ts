/** What a sandbox loads before its first event: KB of every bundle, and how long a fresh process takes to load it. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { DynamoTable } from '../shared/adapters/aws/dynamo-table.ts';
import { createDynamoUploadStore } from '../shared/adapters/aws/dynamo-upload-store.ts';
import { createJsonLogger } from '../shared/adapters/json-logger.ts';
import { createRedisClient } from '../shared/adapters/redis/client.ts';
import { createRedisStatusBoard } from '../shared/adapters/redis/redis-status-board.ts';
import { createSystemClock } from '../shared/adapters/system-clock.ts';
import { documentOf } from '../shared/domain/status.ts';
import { QUEUES } from '../shared/ports/work-queue.ts';
import { openTable } from '../test/support/adapter-endpoints.ts';
import { httpEvent } from '../test/support/envelopes.ts';
import { processing, UPLOAD_ID } from '../test/support/factories.ts';
import { openRedis } from '../test/support/redis.ts';
import { bundlesOf, functionNames } from './cold-start/bundles.ts';
import { medianStarts } from './cold-start/fresh-process.ts';
import type { Bench, Measured } from './harness/bench.ts';
import { installPeer, peerVersion } from './harness/peers.ts';

const ROUNDS = 9;
const TOKEN = 'bench';

/** KB, minified; what PERFORMANCE targets are set for. */
const TARGET_KB: Readonly<Record<string, number>> = {
  'get-upload': 160,
  'create-upload': 100,
  ingest: 475,
  'work-light': 550,
  'work-heavy': 550,
};

const POWERTOOLS = `
const { Logger } = require('@aws-lambda-powertools/logger');
const { BatchProcessor, EventType } = require('@aws-lambda-powertools/batch');
const { makeIdempotent } = require('@aws-lambda-powertools/idempotency');
const { DynamoDBPersistenceLayer } = require('@aws-lambda-powertools/idempotency/dynamodb');
const logger = new Logger();
const processor = new BatchProcessor(EventType.SQS);
const persistenceStore = new DynamoDBPersistenceLayer({ tableName: 'nowhere' });
exports.handler = makeIdempotent(async () => ({ logger, processor }), { persistenceStore });
`;

/** What a function pays that leaves idempotency, batches and logs to Powertools, before it has any code of its own. */
const bundlePowertools = async (): Promise<Uint8Array> => {
  const folder = await installPeer('@aws-lambda-powertools/batch', [
    '@aws-lambda-powertools/idempotency@2.35.0',
    '@aws-lambda-powertools/logger@2.35.0',
    '@aws-sdk/client-dynamodb',
    '@aws-sdk/lib-dynamodb',
  ]);
  const { outputFiles } = await build({
    stdin: { contents: POWERTOOLS, resolveDir: folder },
    bundle: true,
    minify: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    supported: { 'dynamic-import': false },
    mainFields: ['module', 'main'],
    write: false,
    logLevel: 'error',
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error('Powertools made no bundle.');
  return file.contents;
};

const environmentFor = (redisUrl: string, tableName: string): NodeJS.ProcessEnv => {
  const nowhere = 'http://127.0.0.1:1/nowhere';
  const queues = QUEUES.map((name) => name.toUpperCase().replace('-', '_'));
  return {
    PATH: process.env.PATH,
    NODE_PATH: join(import.meta.dirname, '../node_modules'),
    STAGE: 'bench',
    LOG_LEVEL: 'error',
    TABLE_NAME: tableName,
    UPLOADS_BUCKET: 'nowhere',
    RESULTS_BUCKET: 'nowhere',
    ...Object.fromEntries(queues.map((name) => [`${name}_QUEUE_URL`, nowhere])),
    REDIS_URL: redisUrl,
    STATIC_SESSION_SHA256: createHash('sha256').update(TOKEN).digest('hex'),
    AWS_REGION: process.env.AWS_REGION,
    AWS_ENDPOINT_URL_DYNAMODB: process.env.AWS_ENDPOINT_URL_DYNAMODB,
    AWS_ACCESS_KEY_ID: process.env.AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY: process.env.AWS_SECRET_ACCESS_KEY,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
};

/** One upload on the board and in the table, for the first poll of a new sandbox: it may give up on a Redis that it only begins to talk to. */
const showOne = async (redisUrl: string, table: DynamoTable): Promise<void> => {
  const client = createRedisClient(redisUrl);
  const clock = createSystemClock();
  const board = createRedisStatusBoard({
    client,
    clock,
    logger: createJsonLogger({ level: 'error' }),
  });
  const upload = processing({ tenant: 'dev', owner: 'dev', updatedAt: clock.now(), rev: 1 });
  await createDynamoUploadStore(table).put(upload);
  await board.show(documentOf(upload));
  client.disconnect();
};

const kb = (bytes: Uint8Array): number => bytes.byteLength / 1024;

export const bench: Bench = {
  name: 'cold-start',
  about:
    `Size of every function’s bundle (minified KB, before zipping), and the median of ${ROUNDS} fresh processes that load it; \`× empty\` is the whole process against one that ` +
    'loads nothing. The peer is Powertools’ logger, batch and idempotency in one bundle, without a line of anybody’s own code.',
  async run() {
    const names = await functionNames();
    const bundles = new Map(await bundlesOf(names));
    bundles.set('powertools', await bundlePowertools());
    bundles.set('empty', Buffer.from('exports.handler = () => undefined;\n'));
    const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
    const redis = await openRedis({ own: true });
    const table = await openTable();
    try {
      const modules: Record<string, string> = {};
      for (const [name, bytes] of bundles) {
        modules[name] = join(folder, `${name}.cjs`);
        await writeFile(modules[name], bytes);
      }
      await showOne(redis.url, table);
      const poll = httpEvent({
        path: `/uploads/${UPLOAD_ID}`,
        headers: { authorization: `Bearer ${TOKEN}` },
        pathParameters: { id: UPLOAD_ID },
      });
      const starts = await medianStarts(modules, {
        rounds: ROUNDS,
        environment: environmentFor(redis.url, table.tableName),
        events: { 'get-upload': poll },
      });
      const startOf = (name: string) => {
        const start = starts[name];
        if (start === undefined) throw new Error(`${name} was not started.`);
        return start;
      };
      const peer = peerVersion('@aws-lambda-powertools/batch');
      const rows: Measured[] = names.map((name) => ({
        case: `${name}: bundle`,
        unit: 'KB',
        better: 'less',
        ours: kb(bundles.get(name) ?? new Uint8Array()),
        ...(name in TARGET_KB
          ? { peer: { name: peer, value: kb(bundles.get('powertools') ?? new Uint8Array()) } }
          : {}),
        ...(name in TARGET_KB ? { target: { of: 'ours', value: TARGET_KB[name] ?? 0 } } : {}),
      }));
      for (const name of ['get-upload', 'create-upload', 'ingest', 'work-light']) {
        rows.push(
          {
            case: `${name}: load`,
            unit: 'ms',
            better: 'less',
            ours: startOf(name).loadMs,
            peer: { name: peer, value: startOf('powertools').loadMs },
          },
          {
            case: `${name}: process`,
            unit: '× empty',
            better: 'less',
            ours: startOf(name).wallMs / startOf('empty').wallMs,
            peer: { name: peer, value: startOf('powertools').wallMs / startOf('empty').wallMs },
          },
        );
      }
      const { callMs } = startOf('get-upload');
      return [
        ...rows,
        { case: 'get-upload: first call', unit: 'ms', better: 'less', ours: callMs },
      ];
    } finally {
      await Promise.all([redis.close(), table.close()]);
      await rm(folder, { recursive: true, force: true });
    }
  },
};
