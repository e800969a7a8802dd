/** What every processor promises of its memory, run for each registry entry. */
import { PassThrough, pipeline } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { DEFAULT_BUDGET } from '../../shared/domain/budget.ts';
import type { ByteRange, Processor } from '../../shared/processors/processor.ts';
import { fixturesOf } from '../support/processor-fixture.ts';
import { endless, failureOf, run } from './processor-runs.ts';

/** Only against a hang: the slowest step checks some ten megabytes in a second of an idle core. */
const LARGE_HANG_MS = 240_000;
/** A third more than the process may grow: a step that keeps what it reads is found out. */
const LARGE_BYTES = 128 * 1024 ** 2;
/** How much the process may grow while `LARGE_BYTES` stream through a step. */
const GROWTH_BYTES = 96 * 1024 ** 2;

export const describeMemory = (processor: Processor): void => {
  describe(processor.name, () => {
    it(
      'does not grow with the file',
      async () => {
        const [fixture] = await fixturesOf(processor.name);
        if (fixture === undefined) throw new Error('There is no fixture.');
        const before = process.memoryUsage.rss();
        let peak = before;
        const watch = setInterval(() => {
          peak = Math.max(peak, process.memoryUsage.rss());
        }, 5);
        let [opened, sent] = [0, 0];
        const { size = LARGE_BYTES, open: openLarge } = fixture.large ?? {};
        const open = (range?: ByteRange) => {
          opened += 1;
          const counter = new PassThrough().on('data', (chunk: Buffer) => {
            sent += chunk.length;
          });
          const source = openLarge?.(range) ?? endless(fixture, LARGE_BYTES);
          return pipeline(source, counter.pause(), () => undefined);
        };
        const large = { open, size };

        const error = await failureOf(run(processor, fixture, large), LARGE_HANG_MS);
        clearInterval(watch);

        // Whoever may read that much reads it all, so that what is measured is not a step that gave up early.
        const mayReadAll = (processor.budget.bytesIn ?? DEFAULT_BUDGET.bytesIn) >= LARGE_BYTES;
        if (mayReadAll) expect(error).toBeUndefined();
        else expect(error).toMatchObject({ code: 'over_budget' });
        if (mayReadAll && opened > 0) expect(sent).toBeGreaterThanOrEqual(LARGE_BYTES);
        expect(Math.max(peak, process.memoryUsage.rss()) - before).toBeLessThan(GROWTH_BYTES);
      },
      2 * LARGE_HANG_MS,
    );
  });
};
