/** SHA-256 of a large file: our processor over a stream against OpenSSL's own program. */
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { sha256Digest } from '../shared/processors/sha256-digest.ts';
import { processorInput } from '../test/support/processor-input.ts';
import type { Bench } from './harness/bench.ts';
import { alternating, secondsOf } from './harness/measure.ts';
import { pooledFile } from './table/pooled-file.ts';

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
    'SHA-256 of 1 GiB in the page cache: the processor over a stream against `openssl dgst`, which starts a process for it. Large chunks, in a few pieces of memory that are used again, show the processor; those of 64 KiB, each in memory of its own, what comes from a socket.',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
    const path = join(folder, 'file');
    try {
      await writeFileOf(path, FILE_BYTES);
      const megabytes = FILE_BYTES / 1e6;
      const ours = (open: () => Readable) => async () => {
        const { input } = processorInput(sha256Digest, Buffer.alloc(0), { size: FILE_BYTES, open });
        return megabytes / (await secondsOf(() => sha256Digest.run(input)));
      };
      const theirs = async () =>
        megabytes /
        (await secondsOf(() => promisify(execFile)('openssl', ['dgst', '-sha256', path])));
      const row = (name: string, figures: { readonly ours: number; readonly peer: number }) =>
        ({
          case: name,
          unit: 'MB/s',
          better: 'more',
          ours: figures.ours,
          peer: { name: 'openssl dgst', value: figures.peer },
        }) as const;
      const large = await alternating(
        ROUNDS,
        ours(() => pooledFile(path)),
        theirs,
      );
      const small = await alternating(
        ROUNDS,
        // As a body comes from S3's socket.
        ours(() => createReadStream(path, { highWaterMark: 64 * 1024 })),
        theirs,
      );
      return [
        { ...row('chunks of 512 KiB', large), target: { of: 'ratio', value: 0.85 } },
        row('chunks of 64 KiB', small),
      ];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
