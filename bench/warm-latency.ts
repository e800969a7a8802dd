/** Upload → completed on the laptop stack, one small file after another, once everything is warm. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLocalFile } from '../client/local-file.ts';
import { createSluice } from '../client/sluice.ts';
import { type Stack, startStack } from '../local/stack.ts';
import type { Bench } from './harness/bench.ts';
import { quantile } from './harness/measure.ts';

const WARM_UP = 20;
const FILES = 200;
/** Finer than `Retry-After` asks for: this measures the pipeline, not the client's patience. */
const POLL_MS = 5;

const completed = async ({ httpUrl, token }: Stack, id: string): Promise<void> => {
  const headers = { authorization: `Bearer ${token}` };
  for (;;) {
    const answer = await fetch(`${httpUrl}/uploads/${id}`, { headers });
    const { state } = (await answer.json()) as { readonly state: string };
    if (state === 'completed') return;
    if (state !== 'awaiting_upload' && state !== 'processing') throw new Error(`${id} is ${state}`);
    await sleep(POLL_MS);
  }
};

/** Milliseconds from the end of the form post until the status says completed, per file. */
const measure = async (stack: Stack, path: string, files: number): Promise<readonly number[]> => {
  const sluice = createSluice({ url: stack.httpUrl, session: stack.token });
  const times: number[] = [];
  for (let file = 0; file < files; file += 1) {
    const { file: bytes, ...declaration } = await openLocalFile(path);
    const { id } = await sluice.upload(bytes, declaration);
    const postedAt = performance.now();
    await completed(stack, id);
    times.push(performance.now() - postedAt);
  }
  return times;
};

export const bench: Bench = {
  name: 'warm-latency',
  about:
    `Upload → completed on the laptop stack (\`npm start\`), ${FILES} small files one after another once everything is warm, from the end of the form post ` +
    'until a poll says completed.',
  async run() {
    const scratch = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
    const stack = await startStack({ logLevel: 'error' });
    try {
      const path = join(scratch, 'small.txt');
      await writeFile(path, 'a small file\n'.repeat(20));
      await measure(stack, path, WARM_UP);
      const times = await measure(stack, path, FILES);
      return [
        { case: 'p50', unit: 'ms', better: 'less', ours: quantile(times, 0.5) },
        { case: 'p95', unit: 'ms', better: 'less', ours: quantile(times, 0.95) },
      ];
    } finally {
      await stack.close();
      await rm(scratch, { recursive: true, force: true });
    }
  },
};
