/** Sends a hostile file through the real handlers and every real processor, and holds what must hold for each of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import type { UploadOptions } from '../../shared/domain/upload-options.ts';
import { type Driven, drive } from '../corpus/drive.ts';

/** What may be said of a file; every other code would mean that something of ours went wrong. */
const CLEAR = ['corrupt', 'unsupported', 'encrypted', 'over_budget'];
/** The promise for a worker and what it starts is 512 MiB; this is what of that the worker itself may add for one file. */
const GROWTH_BYTES = 256 * 1024 ** 2;

export interface Suffered extends Driven {
  /** Codes of the steps that failed. */
  readonly codes: Readonly<Record<string, string>>;
  /** Results of the steps that succeeded. */
  readonly results: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const scratch = mkdtempSync(join(tmpdir(), 'hostile-'));
const usualFolder = process.env.TMPDIR;
// What would be written, would be written here, and found.
process.env.TMPDIR = scratch;
afterAll(() => {
  if (usualFolder === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = usualFolder;
  rmSync(scratch, { recursive: true });
});

/** It ends, at the first attempt, with a clear code or none; it reaches nothing, leaves nothing, and shows nothing of us. */
export const suffer = async (
  bytes: Uint8Array | string,
  name: string,
  options?: UploadOptions,
): Promise<Suffered> => {
  const before = process.memoryUsage.rss();

  const driven = await drive(Buffer.from(bytes as Uint8Array), { name, scratch, options });

  expect(['completed', 'failed'], name).toContain(driven.state);
  expect(driven.leaks, name).toEqual([]);
  expect(driven.escapes, name).toEqual([]);
  expect(process.memoryUsage.rss() - before, name).toBeLessThan(GROWTH_BYTES);
  expect(({} as Record<string, unknown>).polluted, name).toBeUndefined();
  const codes: Record<string, string> = {};
  const results: Record<string, Readonly<Record<string, unknown>>> = {};
  for (const [step, outcome] of Object.entries(driven.outcomes)) {
    expect(outcome.attempt, `${name}: ${step}`).toBe(1);
    if (outcome.state === 'failed') {
      expect(CLEAR, `${name}: ${step}: ${outcome.message}`).toContain(outcome.code);
      codes[step] = outcome.code;
    }
    if (outcome.state === 'succeeded') results[step] = outcome.result as Record<string, unknown>;
  }
  // Whatever becomes of the rest, the digest is there.
  expect(results['sha256-digest'], name).toBeDefined();
  return { ...driven, codes, results };
};
