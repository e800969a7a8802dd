import { describe, expect, it } from 'vitest';
import { profileNamed } from './faults.ts';
import { itHoldsFor } from './many-seeds.ts';
import { runSeed } from './run.ts';

itHoldsFor(
  [
    ['calm', 200],
    ['duplicates', 250],
    ['crashes', 250],
    ['network', 200],
    ['time', 250],
  ],
  [
    'put lost its race',
    'lease: held',
    'second outcome of a step ignored',
    'outcomes of a superseded generation refused',
    'outcomes after the end refused',
    'generation superseded while processing',
    'generation opened after the end',
    'ignored: one object only',
    'ignored: superseded before anybody looked',
    'ignored: removed before anybody looked',
    'driven by the sweep: processing',
    'driven by the sweep: awaiting_upload',
    'two sweeps at once',
    'notification sent again',
    'result file written again',
    'dead letter: crashed',
    'step failed: deadline_exceeded',
    'step failed: unknown_processor',
    'step failed: source_gone',
    'step skipped: dependency_failed',
    'upload expired: upload_expired',
    'upload rejected: too_large',
    'upload rejected: size_mismatch',
    'write-after-death',
    'survives-timeout',
    'log: object ignored duplicate',
    'log: object ignored stale',
    'reprocess: answered',
    'derived file reused',
    'deleted while awaiting_upload',
    'deleted while processing',
    'deleted while completed',
    'deleted while failed',
    'deleted while expired',
    'erasure driven by the sweep',
    'erased',
    'ignored: its upload was deleted',
    'outcomes after the deletion refused',
    'owner refused after the deletion',
    'part: stored',
    'told of a group',
    'delivery delivered',
    'webhook called again',
    'receiver-down',
    'receiver-fails',
    'log: object ignored deleted',
  ],
);

describe('a seed', () => {
  it.each([
    [3, 'chaos'],
    [4, 'redis'],
    [5, 'crashes'],
  ])(
    '%i of %s is the same run every time, to the last entry of its journal',
    async (seed, name) => {
      const first = await runSeed(seed, profileNamed(name));
      const second = await runSeed(seed, profileNamed(name));

      expect(first.journal.entries().length).toBeGreaterThan(100);
      expect(second.journal.hash()).toBe(first.journal.hash());
      expect(second.journal.entries()).toEqual(first.journal.entries());
    },
  );

  it('is another run than the next', async () => {
    const first = await runSeed(6, profileNamed('chaos'));
    const second = await runSeed(7, profileNamed('chaos'));

    expect(second.journal.hash()).not.toBe(first.journal.hash());
  });
});
