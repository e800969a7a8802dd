/** A CSV of 5 GB through the functions: split, its parts in workers of 512 MB each, put together, and held against one pass. */
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual, promisify } from 'node:util';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { build } from 'esbuild';
import type { Upload } from '../shared/domain/upload.ts';
import type { QueueName } from '../shared/ports/work-queue.ts';
import type { Bench, Measured } from './harness/bench.ts';
import { type Laptop, openLaptop, type Received } from './huge/laptop.ts';
import { UPLOADS } from './huge/names.ts';
import { writeTable } from './table/generate.ts';

const MB = 1e6;
const FILE_BYTES = 5_000 * MB;
const BLOCK_BYTES = 250 * MB;
const CAP_MB = 512;
/** Of JavaScript; what a worker holds outside of it is seen in its resident memory. */
const HEAP_MB = 256;
const WORKERS = 2;
const KEY = 'incoming/acme/huge.csv';
/** Native code lies beside the bundle, as in a deployed function. */
const BUNDLES = join(import.meta.dirname, '../.bench/huge');

interface Taken {
  readonly failed?: number;
  readonly cpuSeconds: number;
  readonly peakRssMb: number;
  readonly result?: unknown;
}

const bundle = async (name: string): Promise<string> => {
  const outfile = join(BUNDLES, `${name}.mjs`);
  await build({
    ...{ entryPoints: [join(import.meta.dirname, `huge/${name}.ts`)], outfile, bundle: true },
    ...{ format: 'esm', platform: 'node', external: ['sharp'], logLevel: 'error' },
    // Packages that are no ES modules ask for others by `require`.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  return outfile;
};

const runCapped = async (program: string, args: readonly string[]): Promise<Taken> => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [`--max-old-space-size=${HEAP_MB}`, program, ...args],
    { maxBuffer: 1 << 24 },
  );
  // What it logged comes before.
  const taken = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Taken;
  if (taken.peakRssMb > CAP_MB) throw new Error(`A worker took ${taken.peakRssMb} MB.`);
  return taken;
};

/** The same records over and over, behind one header: writing is no part of what is measured. */
const writeHuge = async (folder: string): Promise<string> => {
  const path = join(folder, 'huge.csv');
  await writeTable(path, { bytes: BLOCK_BYTES, quoted: true, seed: 3 });
  const block = await readFile(path);
  const records = block.subarray(block.indexOf('\n') + 1);
  while ((await stat(path)).size < FILE_BYTES) await appendFile(path, records);
  return path;
};

const put = async ({ s3 }: Laptop, path: string): Promise<number> => {
  const { size } = await stat(path);
  const Body = createReadStream(path, { highWaterMark: 1 << 20 });
  await s3.send(new PutObjectCommand({ Bucket: UPLOADS, Key: KEY, Body, ContentLength: size }));
  return size;
};

/** The functions read their environment when they are imported. */
const loadFunctions = async (environment: Readonly<Record<string, string>>) => {
  Object.assign(process.env, environment);
  const [ingest, finalize] = await Promise.all([
    import('../functions/ingest.ts'),
    import('../functions/finalize.ts'),
  ]);
  return { 'upload-events': ingest.handler, finalize: finalize.handler };
};

/** Works a lane's messages until there are none, `width` sandboxes at a time. */
const workLane = async (
  lane: 'light' | 'heavy',
  width: number,
  { laptop, folder, program }: { laptop: Laptop; folder: string; program: string },
): Promise<{ readonly taken: readonly Taken[]; readonly seconds: number }> => {
  const taken: Taken[] = [];
  const startedAt = performance.now();
  const workOne = async ({ event, done }: Received): Promise<void> => {
    const file = join(folder, `${event.Records[0]?.messageId}.json`);
    await writeFile(file, JSON.stringify(event));
    const answer = await runCapped(program, [lane, file]);
    if (answer.failed !== 0) throw new Error(`A message of the ${lane} lane failed.`);
    taken.push(answer);
    await done();
  };
  const sandbox = async (): Promise<void> => {
    for (let next = await laptop.receive(lane); next; next = await laptop.receive(lane))
      await workOne(next);
  };
  await Promise.all(Array.from({ length: width }, sandbox));
  return { taken, seconds: (performance.now() - startedAt) / 1000 };
};

const uploadOf = async (laptop: Laptop): Promise<Upload> => {
  const { storeFor } = await import('../shared/container-parts.ts');
  const { idOfObject } = await import('../shared/adapters/object-id.ts');
  const tableName = laptop.environment.TABLE_NAME ?? '';
  const upload = await storeFor({ TABLE_NAME: tableName }).find(idOfObject(UPLOADS, KEY));
  if (upload?.state !== 'completed') throw new Error(`It ended as ${JSON.stringify(upload)}.`);
  return upload;
};

const processHuge = async (laptop: Laptop, folder: string, program: string) => {
  const functions = await loadFunctions(laptop.environment);
  const context = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 60_000 };
  const runAll = async (queue: QueueName & keyof typeof functions): Promise<void> => {
    for (let next = await laptop.receive(queue); next; next = await laptop.receive(queue)) {
      const { batchItemFailures = [] } = (await functions[queue](next.event, context)) ?? {};
      if (batchItemFailures.length > 0) throw new Error(`A message of ${queue} failed.`);
      await next.done();
    }
  };
  const world = { laptop, folder, program };
  await runAll('upload-events');
  const parts = await workLane('heavy', WORKERS, world);
  const others = await workLane('light', 1, world);
  await runAll('finalize');
  return { parts, others, upload: await uploadOf(laptop) };
};

const sum = (taken: readonly Taken[]): number =>
  taken.reduce((seconds, { cpuSeconds }) => seconds + cpuSeconds, 0);
const peak = (taken: readonly Taken[]): number =>
  Math.max(...taken.map(({ peakRssMb }) => peakRssMb));

export const bench: Bench = {
  name: 'huge',
  about:
    'A CSV of 5 GB with quotes, put into the laptop’s S3 and processed by the functions: a step for each 256 MiB, in processes of their own, ' +
    'two at a time, each with 256 MB of heap and ended as a failure above 512 MB of resident memory. Beside it one pass over the same object; ' +
    'both must come to the same. MB per second of CPU time count what reads S3 over HTTP, too; the wall time is that of a machine that also serves S3.',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-huge-'));
    await mkdir(BUNDLES, { recursive: true });
    const laptop = await openLaptop(join(folder, 'state'));
    try {
      const [worker, onePass] = [await bundle('worker'), await bundle('single-pass')];
      const path = await writeHuge(folder);
      const size = await put(laptop, path);
      await rm(path);
      const { parts, others, upload } = await processHuge(laptop, folder, worker);
      const once = await runCapped(onePass, [KEY, String(size)]);
      const outcome = upload.outcomes['table-profile'];
      if (outcome?.state !== 'succeeded' || !isDeepStrictEqual(outcome.result, once.result))
        throw new Error('The parts come to something else than one pass.');
      const mb = size / MB;
      const name = 'one pass';
      const cap = { of: 'ours', value: CAP_MB } as const;
      return [
        {
          ...{ case: 'parts, by CPU time', unit: 'MB/s of CPU', better: 'more' },
          ...{ ours: mb / sum(parts.taken), peer: { name, value: mb / once.cpuSeconds } },
        },
        {
          ...{ case: 'parts, two workers, by the clock', unit: 'MB/s', better: 'more' },
          ours: mb / parts.seconds,
        },
        {
          ...{ case: 'most memory of a worker of a part', unit: 'MB', better: 'less' },
          ...{ ours: peak(parts.taken), peer: { name, value: once.peakRssMb }, target: cap },
        },
        {
          ...{ case: 'most memory of a worker of the other steps', unit: 'MB', better: 'less' },
          ...{ ours: peak(others.taken), target: cap },
        },
        {
          ...{ case: 'parts', unit: 'steps', better: 'less', ours: parts.taken.length },
        },
      ] satisfies readonly Measured[];
    } finally {
      await laptop.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};
