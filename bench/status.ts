/** Polls per second of the real `get-upload`, against the bare read and against what BullMQ asks for the same answer. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createJsonLogger } from '../shared/adapters/json-logger.ts';
import { createRedisClient } from '../shared/adapters/redis/client.ts';
import { createRedisStatusBoard } from '../shared/adapters/redis/redis-status-board.ts';
import { createSystemClock } from '../shared/adapters/system-clock.ts';
import { documentOf } from '../shared/domain/status.ts';
import { openTable } from '../test/support/adapter-endpoints.ts';
import { httpEvent, invocation } from '../test/support/envelopes.ts';
import { plan, processing, succeeded } from '../test/support/factories.ts';
import { openRedis } from '../test/support/redis.ts';
import { createBullMqFlows } from './coordination/bullmq.ts';
import { countCommands } from './coordination/redis-cost.ts';
import type { Bench, Measured } from './harness/bench.ts';
import { median, pooled, secondsOf } from './harness/measure.ts';
import { peerVersion } from './harness/peers.ts';

const UPLOADS = 1_000;
const POLLS = 40_000;
const SLOW_POLLS = 6_000;
const IN_FLIGHT = 64;
const ROUNDS = 5;
const MOST_TRIES = 5;
/** Longer than the breaker stays open. */
const BREAKER_MS = 2_500;
const TOKEN = 'bench';

/** The handler as it is deployed; it reads its environment when it is imported. The table is asked once, for the tenant's limits. */
const loadHandler = async (redisUrl: string, tableName: string) => {
  Object.assign(process.env, {
    STAGE: 'bench',
    LOG_LEVEL: 'error',
    TABLE_NAME: tableName,
    REDIS_URL: redisUrl,
    STATIC_SESSION_SHA256: createHash('sha256').update(TOKEN).digest('hex'),
    SESSION_PUBLIC_KEYS: '',
  });
  const { handler } = await import('../functions/get-upload.ts');
  return handler;
};

const idOf = (index: number): string => `upl_${String(index % UPLOADS).padStart(26, '0')}`;

/** Documents of uploads with four steps, two of which have ended, as fresh as those of files under way. */
const showAll = async (redisUrl: string): Promise<void> => {
  const client = createRedisClient(redisUrl);
  const clock = createSystemClock();
  const logger = createJsonLogger({ level: 'error' });
  const board = createRedisStatusBoard({ client, logger, clock, commandMs: 10_000 });
  const names = ['sha256-digest', 'type-verdict', 'image-metadata', 'image-thumbnail'];
  await pooled(UPLOADS, 50, async (index) => {
    const outcomes = Object.fromEntries(names.slice(0, 2).map((name) => [name, succeeded()]));
    const upload = processing({
      id: idOf(index),
      tenant: 'dev',
      owner: 'dev',
      plan: plan(...names),
      outcomes,
      updatedAt: clock.now(),
    });
    const answer = await board.show(documentOf(upload));
    if (answer !== 'shown') throw new Error(`The board answered ${answer}.`);
  });
  client.disconnect();
};

interface Pace {
  readonly perSecond: number;
  /** Microseconds of this process's CPU for one, which a busy machine changes less than the pace. */
  readonly micros: number;
}

const paceOf = async (polls: number, poll: (index: number) => Promise<unknown>): Promise<Pace> => {
  const before = process.cpuUsage();
  const seconds = await secondsOf(() => pooled(polls, IN_FLIGHT, poll));
  const { user, system } = process.cpuUsage(before);
  return { perSecond: polls / seconds, micros: (user + system) / polls };
};

export const bench: Bench = {
  name: 'status',
  about:
    `Polls per second, ${IN_FLIGHT} at a time, of ${UPLOADS.toLocaleString('en')} uploads with four steps: the deployed handler from event to answer, one process, ` +
    'against ioredis’ bare GET of the same document and against what BullMQ needs for the same information.',
  async run() {
    const [redis, peerRedis] = [await openRedis({ own: true }), await openRedis({ own: true })];
    const table = await openTable();
    const handler = await loadHandler(redis.url, table.tableName);
    const flows = await createBullMqFlows(peerRedis.url, UPLOADS);
    const raw = new Redis(redis.url);
    const authorization = `Bearer ${TOKEN}`;
    const ask = async (index: number, tag?: string) => {
      const headers =
        tag === undefined ? { authorization } : { authorization, 'if-none-match': tag };
      const path = `/uploads/${idOf(index)}`;
      const event = httpEvent({ path, headers, pathParameters: { id: idOf(index) } });
      return handler(event, invocation());
    };
    const expect = (status: number, tag?: string) => async (index: number) => {
      for (let tries = 1; ; tries += 1) {
        const { statusCode, headers } = await ask(index, tag);
        const source = headers?.['x-status-source'];
        if (statusCode === status && source === 'cache') return;
        if (tries === MOST_TRIES)
          throw new Error(`A poll was answered ${statusCode} from ${source}.`);
        // On a machine so busy that Redis is silent for longer than a poll waits, the breaker opens.
        await sleep(BREAKER_MS);
      }
    };
    try {
      await showAll(redis.url);
      const first = await ask(0);
      const tag = String(first.headers?.etag);
      for (let index = 0; index < UPLOADS; index += 1)
        await raw.set(`raw:${index}`, String(first.body));
      const sent = countCommands(Redis);
      const figures = {
        full: [] as Pace[],
        unchanged: [] as Pace[],
        raw: [] as Pace[],
        theirs: [] as Pace[],
      };
      let commands = 0;
      for (let round = 0; round <= ROUNDS; round += 1) {
        await showAll(redis.url);
        const before = sent();
        const full = await paceOf(POLLS, expect(200));
        commands = (sent() - before) / POLLS;
        const unchanged = await paceOf(POLLS, expect(304, tag));
        const bare = await paceOf(POLLS, (index) => raw.get(`raw:${index % UPLOADS}`));
        const theirs = await paceOf(SLOW_POLLS, flows.statusOf);
        // The first round warms up.
        if (round === 0) continue;
        figures.full.push(full);
        figures.unchanged.push(unchanged);
        figures.raw.push(bare);
        figures.theirs.push(theirs);
      }
      const pace = (paces: readonly Pace[]) => median(paces.map(({ perSecond }) => perSecond));
      const cpu = (paces: readonly Pace[]) => median(paces.map(({ micros }) => micros));
      const versus = (name: string, paces: readonly Pace[], target: number) => ({
        peer: { name, value: pace(paces) },
        target: { of: 'ratio', value: target } as const,
      });
      const rows: readonly Measured[] = [
        {
          case: '200, against a bare GET',
          unit: 'polls/s',
          better: 'more',
          ours: pace(figures.full),
          ...versus('ioredis GET', figures.raw, 0.8),
        },
        {
          case: '304, against a bare GET',
          unit: 'polls/s',
          better: 'more',
          ours: pace(figures.unchanged),
          ...versus('ioredis GET', figures.raw, 0.8),
        },
        {
          case: '200, against BullMQ',
          unit: 'polls/s',
          better: 'more',
          ours: pace(figures.full),
          ...versus(peerVersion('bullmq'), figures.theirs, 10),
        },
        ...(['full', 'unchanged'] as const).map(
          (kind): Measured => ({
            case: `CPU of a ${kind === 'full' ? 200 : 304}`,
            unit: 'µs',
            better: 'less',
            ours: cpu(figures[kind]),
            peer: { name: 'ioredis GET', value: cpu(figures.raw) },
          }),
        ),
        {
          case: 'Redis commands per poll',
          unit: '',
          better: 'less',
          ours: commands,
          target: { of: 'ours', value: 1 },
        },
      ];
      return rows;
    } finally {
      raw.disconnect();
      await flows.close();
      await Promise.all([redis.close(), peerRedis.close(), table.close()]);
    }
  },
};
