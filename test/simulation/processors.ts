/** Simulated processors: they succeed, fail or dawdle as the content says. */
import * as z from 'zod';
import { NonRetryableError, RetryableError } from '../../shared/domain/errors.ts';
import { archiveEntries } from '../../shared/processors/archive-entries.ts';
import {
  defineProcessor,
  type Processor,
  type ProcessorInput,
} from '../../shared/processors/processor.ts';
import { sha256Digest } from '../../shared/processors/sha256-digest.ts';
import { CONTENT_BYTES, digestOf, PARTS } from './contents.ts';
import type { FaultPlan } from './faults.ts';
import type { Invocation } from './invocation.ts';

const wholeOf = async ({ open }: ProcessorInput): Promise<Buffer> =>
  Buffer.concat(await (await open()).toArray());

const digest = z.object({ digest: z.string() });

/** Reads whole, and writes two derived files. */
const outline = defineProcessor({
  name: 'sim-outline',
  version: 1,
  lane: 'light',
  accepts: ['sim/dag', 'sim/slow'],
  reads: 'whole',
  isReusable: true,
  budget: {},
  outcome: digest,
  async run(input) {
    const bytes = await wholeOf(input);
    await input.emit('outline.txt', Buffer.from(`outline of ${digestOf(bytes)}`), 'text/plain');
    await input.emit(
      'index.json',
      Buffer.from(JSON.stringify({ size: bytes.length })),
      'application/json',
    );
    return { digest: digestOf(bytes) };
  },
});

/** Reads ranges, and needs the outline. */
const render = defineProcessor({
  name: 'sim-render',
  version: 1,
  lane: 'heavy',
  accepts: ['sim/dag'],
  reads: 'ranges',
  needs: ['sim-outline'],
  isReusable: true,
  budget: {},
  outcome: digest,
  async run({ open, emit, outcomes, source }) {
    const half = Math.floor(source.size / 2);
    const parts = [
      await open({ start: 0, end: half - 1 }),
      await open({ start: half, end: source.size - 1 }),
    ];
    const bytes = Buffer.concat(
      await Promise.all(parts.map(async (part) => Buffer.concat(await part.toArray()))),
    );
    const outlined = digest.parse(outcomes['sim-outline']);
    await emit(
      'render.bin',
      Buffer.from(`${digestOf(bytes)} ${outlined.digest}`),
      'application/octet-stream',
    );
    return { digest: digestOf(bytes) };
  },
});

/** Joins both lanes again. */
const merge = defineProcessor({
  name: 'sim-merge',
  version: 1,
  lane: 'light',
  accepts: ['sim/dag'],
  reads: 'whole',
  needs: ['sim-render', 'sha256-digest'],
  isReusable: true,
  budget: {},
  outcome: digest,
  async run(input) {
    const bytes = await wholeOf(input);
    digest.parse(input.outcomes['sim-render']);
    return { digest: digestOf(bytes) };
  },
});

/** Fails by content, after it wrote a file. */
const picky = defineProcessor({
  name: 'sim-picky',
  version: 1,
  lane: 'light',
  accepts: ['sim/picky'],
  reads: 'whole',
  budget: {},
  outcome: digest,
  async run(input) {
    await wholeOf(input);
    await input.emit('half.txt', Buffer.from('half'), 'text/plain');
    throw new NonRetryableError('corrupt', { detail: 'By its content.' });
  },
});

/** Never runs, because what it needs fails. */
const afterPicky = defineProcessor({
  name: 'sim-after-picky',
  version: 1,
  lane: 'heavy',
  accepts: ['sim/picky'],
  reads: 'ranges',
  needs: ['sim-picky'],
  budget: {},
  outcome: digest,
  run: async () => ({ digest: 'never' }),
});

/** Opens nothing: what it knows of the file it was told. */
const label = defineProcessor({
  name: 'sim-label',
  version: 1,
  lane: 'light',
  accepts: ['sim/picky', 'sim/flaky', 'sim/slow'],
  reads: 'ranges',
  budget: {},
  outcome: z.object({ size: z.number() }),
  async run({ emit, source: { size } }) {
    await emit('label.txt', Buffer.from(`${size} bytes`), 'text/plain');
    return { size };
  },
});

/** Fails now and then, and not because of the content. */
const flaky = (faults: FaultPlan): Processor =>
  defineProcessor({
    name: 'sim-flaky',
    version: 1,
    lane: 'heavy',
    accepts: ['sim/flaky'],
    reads: 'whole',
    budget: {},
    outcome: digest,
    async run(input) {
      const bytes = await wholeOf(input);
      if (faults.happens('flaky-step')) {
        throw faults.happens('flaky-step')
          ? new RetryableError('storage_unavailable')
          : new Error('Something unexpected.');
      }
      return { digest: digestOf(bytes) };
    },
  });

const SECOND = 1000;
/** Longer than any function may run: the deadline comes first. */
const ENDLESS_SECONDS = 7200;

/** Takes its time: mostly some of it, sometimes more than one attempt has; `deaf` does not listen to the signal. */
const slow = (inv: Invocation, faults: FaultPlan): Processor =>
  defineProcessor({
    name: 'sim-slow',
    version: 1,
    lane: 'heavy',
    accepts: ['sim/slow', 'sim/endless'],
    reads: 'whole',
    budget: { wallSeconds: 2 * ENDLESS_SECONDS },
    outcome: digest,
    async run(input) {
      const bytes = await wholeOf(input);
      const isEndless = input.source.type === 'sim/endless';
      const isDeaf = inv.random.chance(0.5);
      const isOverslow = isEndless || faults.happens('overslow-step');
      const ms = (isOverslow ? ENDLESS_SECONDS : 5 + inv.random.below(60)) * SECOND;
      await inv.clock.sleep(ms, isDeaf ? undefined : input.signal);
      if (input.signal.aborted) throw input.signal.reason;
      await input.emit('slow.txt', Buffer.from(digestOf(bytes)), 'text/plain');
      return { digest: digestOf(bytes) };
    },
  });

/** A file that is too big: three steps copy a part each, and this one puts together what they copied. */
const split = defineProcessor({
  name: 'sim-split',
  version: 1,
  lane: 'light',
  accepts: ['sim/split'],
  reads: 'ranges',
  isReusable: true,
  budget: {},
  outcome: digest,
  split: {
    types: ['sim/split'],
    lane: 'heavy',
    above: 0,
    partBytes: Math.ceil(CONTENT_BYTES / PARTS),
    outcome: digest,
    async run({ source: { size }, open, emit }, { index, count }) {
      const [start, next] = [index, index + 1].map((at) => Math.floor((size * at) / count));
      const part = await open({ start: start ?? 0, end: (next ?? size) - 1 });
      const bytes = Buffer.concat(await part.toArray());
      await emit('part.bin', bytes, 'application/octet-stream');
      return { digest: digestOf(bytes) };
    },
  },
  async run({ parts, read }) {
    if (parts.length !== PARTS) throw new Error(`There are ${parts.length} parts.`);
    const bytes = await Promise.all(parts.map((step) => read(step, 'part.bin')));
    return { digest: digestOf(Buffer.concat(bytes)) };
  },
});

/** The registry of one invocation. */
export const simulatedProcessors = (inv: Invocation, faults: FaultPlan): readonly Processor[] => [
  sha256Digest,
  archiveEntries,
  outline,
  render,
  merge,
  picky,
  afterPicky,
  label,
  flaky(faults),
  slow(inv, faults),
  split,
];
