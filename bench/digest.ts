/** SHA-256 of a large file: our processor over a stream against OpenSSL's own program. */
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sha256Digest } from '../shared/processors/sha256-digest.ts';
import { processorInput } from '../test/support/processor-input.ts';
import type { Bench } from './harness/bench.ts';
import { alternating, secondsOf } from './harness/measure.ts';

const MiB = 1024 ** 2;
const FILE_BYTES = 1024 * MiB;
const ROUNDS = 3;

const writeFileOf = async (path: string, bytes: number): Promise<void> => {
  const block = Buffer.alloc(16 * MiB, 'every byte is read, whatever it says. ');
  const file = await open(path, 'w');
  for (let at = 0; at < bytes; at += block.length) await file.write(block);
  await file.close();
};

export const bench: Bench = {
  name: 'digest',
  about:
    'SHA-256 of 1 GiB in the page cache: the processor over a file stream against `openssl dgst`, which starts a process for it.',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
    const path = join(folder, 'file');
    try {
      await writeFileOf(path, FILE_BYTES);
      const megabytes = FILE_BYTES / 1e6;
      const figures = await alternating(
        ROUNDS,
        async () => {
          const { input } = processorInput(sha256Digest, Buffer.alloc(0), {
            size: FILE_BYTES,
            // As a body comes from S3's socket.
            open: () => createReadStream(path, { highWaterMark: 64 * 1024 }),
          });
          return megabytes / (await secondsOf(() => sha256Digest.run(input)));
        },
        async () =>
          megabytes /
          (await secondsOf(() => promisify(execFile)('openssl', ['dgst', '-sha256', path]))),
      );
      return [
        {
          case: 'streamed digest',
          unit: 'MB/s',
          better: 'more',
          ours: figures.ours,
          peer: { name: 'openssl dgst', value: figures.peer },
          target: { of: 'ratio', value: 0.85 },
        },
      ];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
