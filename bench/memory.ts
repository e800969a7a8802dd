/** Peak memory of a worker against the size of its object: flat, whatever the size. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Bench, Measured } from './harness/bench.ts';

const MB = 1e6;
const SIZES = [1 * MB, 100 * MB, 1_000 * MB, 5_000 * MB];
const PLANS = [
  ['text/csv', ['sha256-digest', 'type-verdict', 'text-stats', 'table-profile']],
  ['application/octet-stream', ['sha256-digest', 'type-verdict']],
  ['audio/basic', ['media-metadata']],
] as const;

const runner = fileURLToPath(new URL('memory/one-message.ts', import.meta.url));

const peakOf = async (type: string, steps: readonly string[], bytes: number): Promise<number> => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', runner, type, steps.join(','), String(bytes)],
    { timeout: 10 * 60_000 },
  );
  return Number(stdout);
};

const named = (bytes: number): string =>
  bytes >= 1_000 * MB ? `${bytes / (1_000 * MB)} GB` : `${bytes / MB} MB`;

export const bench: Bench = {
  name: 'memory',
  about:
    'Peak resident memory of a fresh process that works one lane message, by size of the object: all steps of the light lane over one read, and of the heavy one what reads ranges; the ratio is that to the smallest object.',
  async run() {
    const rows: Measured[] = [];
    for (const [type, steps] of PLANS) {
      let smallest: number | undefined;
      for (const bytes of SIZES) {
        const peak = await peakOf(type, steps, bytes);
        smallest ??= peak;
        rows.push({
          case: `${type}, ${named(bytes)}`,
          unit: 'MB',
          better: 'less',
          ours: peak / MB,
          peer: { name: `with ${named(SIZES[0] ?? 0)}`, value: smallest / MB },
        });
      }
    }
    return rows;
  },
};
