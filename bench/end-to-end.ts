/** Files per second and how long one takes, on the whole laptop stack; then what a long queue does to the cost of a file and of a poll. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLocalFile } from '../client/local-file.ts';
import { createSluice } from '../client/sluice.ts';
import { type Stack, startStack } from '../local/stack.ts';
import { openRedis } from '../test/support/redis.ts';
import { createOwnPipeline } from './coordination/ours.ts';
import { createPoller } from './end-to-end/poller.ts';
import type { Bench, Measured } from './harness/bench.ts';
import { pooled, quantile, secondsOf } from './harness/measure.ts';

const FILES = 1_000;
const IN_FLIGHT = 20;
/** Between two looks of one client; an honest client waits for longer. */
const POLL_MS = 50;

const BACKLOGS = [1_000, 10_000, 100_000] as const;
const INVOCATIONS = 20;
/** A drain of few files is repeated until it is long enough to measure. */
const LEAST_FILES = 10_000;
const POLLS = 5_000;

const completed = async ({ httpUrl, token }: Stack, id: string): Promise<void> => {
  const headers = { authorization: `Bearer ${token}` };
  for (;;) {
    const answer = await fetch(`${httpUrl}/uploads/${id}`, { headers });
    const { state } = (await answer.json()) as { readonly state?: string };
    if (state === 'completed') return;
    // A poll that came too often for this tenant is told so, and asks again.
    if (answer.ok && state !== 'awaiting_upload' && state !== 'processing') {
      throw new Error(`${id} is ${state}`);
    }
    await sleep(POLL_MS);
  }
};

const wholeStack = async (): Promise<readonly Measured[]> => {
  const scratch = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  const stack = await startStack({ logLevel: 'error' });
  try {
    const sluice = createSluice({ url: stack.httpUrl, session: stack.token });
    const path = join(scratch, 'small.txt');
    await writeFile(path, 'a small file\n'.repeat(20));
    const times: number[] = [];
    const one = async (): Promise<void> => {
      const startedAt = performance.now();
      const { file, ...declaration } = await openLocalFile(path);
      const { id } = await sluice.upload(file, declaration);
      await completed(stack, id);
      times.push(performance.now() - startedAt);
    };
    // Sandboxes begin one after another: on a busy machine twenty at once take longer than a function may, and none of them counts.
    for (let width = 1; width <= IN_FLIGHT; width += 1) {
      await pooled(width, width, () => one().catch(() => undefined));
    }
    times.length = 0;
    const seconds = await secondsOf(() => pooled(FILES, IN_FLIGHT, one));
    return [
      { case: 'laptop stack', unit: 'files/s', better: 'more', ours: FILES / seconds },
      { case: 'upload → completed, p50', unit: 'ms', better: 'less', ours: quantile(times, 0.5) },
      { case: 'upload → completed, p99', unit: 'ms', better: 'less', ours: quantile(times, 0.99) },
    ];
  } finally {
    await stack.close();
    await rm(scratch, { recursive: true, force: true });
  }
};

/** Microseconds of this process's CPU per file when `backlog` files wait at the start. */
const costOf = async (backlog: number): Promise<number> => {
  const redis = await openRedis({ own: true });
  try {
    let micros = 0;
    const rounds = Math.max(1, Math.ceil(LEAST_FILES / backlog));
    for (let round = 0; round < rounds; round += 1) {
      const own = createOwnPipeline(redis.url);
      for (let file = 0; file < backlog; file += 1) own.add(`r${round}f${file}`);
      globalThis.gc?.();
      const before = process.cpuUsage();
      const ended = await own.drain(INVOCATIONS);
      const { user, system } = process.cpuUsage(before);
      micros += user + system;
      own.close();
      if (ended !== backlog) throw new Error(`${ended} of ${backlog} files ended.`);
    }
    return micros / (rounds * backlog);
  } finally {
    await redis.close();
  }
};

/** The 99th percentile of polls one after another while Redis holds the status of `backlog` files under way. */
const slowPollOf = async (backlog: number): Promise<number> => {
  const redis = await openRedis({ own: true });
  const poller = await createPoller(redis.url);
  try {
    await poller.showOthers(backlog);
    const times: number[] = [];
    for (let poll = 0; poll < POLLS; poll += 1) {
      const startedAt = performance.now();
      await poller.poll();
      times.push(performance.now() - startedAt);
    }
    return quantile(times, 0.99);
  } finally {
    poller.close();
    await redis.close();
  }
};

export const bench: Bench = {
  name: 'end-to-end',
  about:
    `${FILES.toLocaleString('en')} small files, ${IN_FLIGHT} at a time, by form post to the laptop stack (\`npm start\`). Then the pipeline of \`coordination\` ` +
    'with so many files waiting: CPU per file (the table and the queues are in memory, and the table keeps what has ended), and the slowest of a ' +
    'hundred polls while Redis holds the status of as many under way. The ratio is that to the shortest queue.',
  async run() {
    const rows: Measured[] = [...(await wholeStack())];
    const [few] = BACKLOGS;
    const least = { cost: await costOf(few), poll: await slowPollOf(few) };
    for (const backlog of BACKLOGS) {
      const isFirst = backlog === few;
      const name = `with ${few.toLocaleString('en')} queued`;
      const queued = backlog.toLocaleString('en');
      rows.push(
        {
          case: `CPU per file, ${queued} queued`,
          unit: 'µs',
          better: 'less',
          ours: isFirst ? least.cost : await costOf(backlog),
          peer: { name, value: least.cost },
          target: { of: 'ratio', value: 0.85 },
        },
        {
          case: `poll p99, ${queued} under way`,
          unit: 'ms',
          better: 'less',
          ours: isFirst ? least.poll : await slowPollOf(backlog),
          peer: { name, value: least.poll },
        },
      );
    }
    return rows;
  },
};
