/** What every processor promises, run for each registry entry without being told. */
import { existsSync, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { detectType, HEAD_BYTES } from '../../shared/detection/detect-type.ts';
import type { Budget } from '../../shared/domain/budget.ts';
import { NonRetryableError, RetryableError, SkippedError } from '../../shared/domain/errors.ts';
import { partStepName } from '../../shared/domain/part.ts';
import { planFor } from '../../shared/domain/plan.ts';
import type { Processor } from '../../shared/processors/processor.ts';
import { processorNamed } from '../../shared/processors/registry.ts';
import { canTellOwnTime, startOwnTime } from '../support/own-time.ts';
import type { ProcessorFixture } from '../support/processor-fixture.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { answerOf, endless, failureOf, fixturesFor, run } from './processor-runs.ts';

const MAX_OUTCOME_BYTES = 4096;
/** The promise, in time of our own: this machine may be busy with other tests, and where that cannot be told, it is long. */
const STOP_MS = canTellOwnTime ? 100 : 1_000;
const STOP_TRIES = 3;
/** Long enough to be in the middle of it. */
const STOP_AFTER_MS = 25;
const MUTATIONS = 24;
/** Of all but what must be read. */
const NOTHING_TO_SPEND: Partial<Budget> = {
  ...{ pixels: 0, frames: 0, pages: 0, entries: 0, entryBytes: 0, nesting: 0, expansion: 0 },
};

interface Stop {
  readonly error: unknown;
  readonly reason: RetryableError;
  readonly stoppedMs: number;
}

/** Runs it over bytes that may be anything: what it still answers keeps the promise of every answer. */
const runHostile = async (processor: Processor, fixture: ProcessorFixture): Promise<void> => {
  const { result } = await run(processor, fixture);
  expect(processor.outcome.parse(result), fixture.name).toEqual(result);
  expect(Buffer.byteLength(JSON.stringify(result)), fixture.name).toBeLessThanOrEqual(
    MAX_OUTCOME_BYTES,
  );
};

const expectNamedOrNone = (error: unknown, what: string): void => {
  if (error === undefined || error instanceof SkippedError) return;
  expect(error, `${what}: ${String((error as Error).stack)}`).toBeInstanceOf(NonRetryableError);
};

/** Gives the first bytes, then nothing, and never ends. */
const stalled = ({ bytes }: ProcessorFixture): Readable => {
  let isFirst = true;
  return new Readable({
    read() {
      if (isFirst) this.push(bytes.subarray(0, 16));
      isFirst = false;
    },
  });
};

const describeContract = (processor: Processor): void => {
  it('has the name of its file, and a page', () => {
    const page = new URL(`../../docs/processors/${processor.name}.md`, import.meta.url);

    expect(processor.name).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
    expect(existsSync(page), `docs/processors/${processor.name}.md`).toBe(true);
    expect(readFileSync(page, 'utf8')).toMatch(new RegExp(`^# ${processor.name}\n`));
  });

  it('has fixtures whose bytes are of a type it accepts', async () => {
    const fixtures = await fixturesFor(processor);

    expect(fixtures.length).toBeGreaterThan(0);
    for (const { bytes, name, type, options } of fixtures) {
      const detected = await detectType(bytes.subarray(0, HEAD_BYTES), bytes.length, name);
      expect(detected.type, name).toBe(type);
      expect(planFor({ type, size: 1 }, [processor], options)[0]?.name, name).toBe(processor.name);
    }
  });
};

const describeAnswers = (processor: Processor): void => {
  it('answers what its schema says, in 4 KB', async () => {
    for (const fixture of await fixturesFor(processor)) {
      const { result } = await answerOf(processor, fixture);

      expect(processor.outcome.parse(result), fixture.name).toEqual(result);
      const json = JSON.stringify(result);
      expect(JSON.parse(json), fixture.name).toEqual(result);
      expect(Buffer.byteLength(json), fixture.name).toBeLessThanOrEqual(MAX_OUTCOME_BYTES);
    }
  });

  it('answers the same and writes the same bytes each time, however the network cuts the bytes', async () => {
    for (const fixture of await fixturesFor(processor)) {
      const { hasOpened: _, ...once } = await answerOf(processor, fixture);
      const again = await run(processor, fixture);
      const inPieces = await run(processor, fixture, { chunkBytes: 7 });

      expect(again, fixture.name).toEqual(once);
      expect(inPieces, fixture.name).toEqual(once);
    }
  });
};

const describeReuse = (processor: Processor): void => {
  it('comes to the same whatever the file is called and declared to be', async () => {
    for (const fixture of await fixturesFor(processor)) {
      const once = await run(processor, fixture, { declaredType: fixture.type });
      const other = { name: 'other.exe', declaredType: 'application/x-other' };

      expect(await run(processor, fixture, other), fixture.name).toEqual(once);
    }
  });
};

const describeHostility = (processor: Processor): void => {
  it('says over_budget when it may read less than there is', async () => {
    for (const fixture of await fixturesFor(processor)) {
      if (fixture.bytes.length < 2 || !(await answerOf(processor, fixture)).hasOpened) continue;
      const error = await failureOf(run(processor, fixture, { budget: { bytesIn: 1 } }));

      expect(error, fixture.name).toBeInstanceOf(NonRetryableError);
      expect((error as NonRetryableError).code, fixture.name).toBe('over_budget');
    }
  });

  it('says over_budget whatever else it runs out of, and writes nothing beyond what it may', async () => {
    for (const fixture of await fixturesFor(processor)) {
      const { files } = await answerOf(processor, fixture);
      const withNothing = await failureOf(run(processor, fixture, { budget: NOTHING_TO_SPEND }));
      const withoutRoom = await failureOf(run(processor, fixture, { budget: { bytesOut: 0 } }));

      if (withNothing !== undefined) {
        expect(withNothing, fixture.name).toMatchObject({ code: 'over_budget' });
      }
      if (files.some(([, , bytes]) => bytes !== '')) {
        expect(withoutRoom, fixture.name).toMatchObject({ code: 'over_budget' });
      }
    }
  });

  it('survives files that are cut off', async () => {
    for (const fixture of await fixturesFor(processor)) {
      const { length } = fixture.bytes;
      for (const end of [0, 1, Math.floor(length / 4), Math.floor(length / 2), length - 1]) {
        const cut = { ...fixture, bytes: fixture.bytes.subarray(0, Math.max(end, 0)) };
        expectNamedOrNone(
          await failureOf(runHostile(processor, cut)),
          `${fixture.name} cut at ${end}`,
        );
      }
    }
  });

  it('survives random bytes, and files with some of their bytes changed', async () => {
    for (const fixture of await fixturesFor(processor)) {
      const random = seededRandom(fixture.bytes.length);
      const noise = {
        ...fixture,
        bytes: Buffer.from(Array.from({ length: 5_000 }, () => random(256))),
      };
      expectNamedOrNone(await failureOf(runHostile(processor, noise)), `noise as ${fixture.type}`);
      for (let round = 0; round < MUTATIONS && fixture.bytes.length > 0; round += 1) {
        const bytes = Buffer.from(fixture.bytes);
        for (let hit = 0; hit <= round; hit += 1) bytes[random(bytes.length)] = random(256);
        const error = await failureOf(runHostile(processor, { ...fixture, bytes }));
        expectNamedOrNone(error, `${fixture.name} changed, round ${round}`);
      }
    }
  });

  it('passes failures of the storage on as they are', async () => {
    for (const fixture of await fixturesFor(processor)) {
      if (!(await answerOf(processor, fixture)).hasOpened) continue;
      const lost = new RetryableError('storage_unavailable');
      const refuse = () => {
        throw lost;
      };
      const breakOff = () => {
        const stream = stalled(fixture);
        setImmediate(() => stream.destroy(lost));
        return stream;
      };

      expect(await failureOf(run(processor, fixture, { open: refuse })), fixture.name).toBe(lost);
      expect(await failureOf(run(processor, fixture, { open: breakOff })), fixture.name).toBe(lost);
    }
  });
};

const describeStops = (processor: Processor): void => {
  const stopOnce = async (fixture: ProcessorFixture, open: () => Readable): Promise<Stop> => {
    const controller = new AbortController();
    const { signal } = controller;
    const reason = new RetryableError('deadline_exceeded');
    // It runs from the moment at which the abort is due: a step that lets no timer fire does not stop either.
    const ownTime = startOwnTime();
    setTimeout(() => controller.abort(reason), STOP_AFTER_MS);
    const error = await failureOf(run(processor, fixture, { signal, open }));
    return { error, reason, stoppedMs: ownTime() - STOP_AFTER_MS };
  };

  /** A collection of garbage may fall into one try, on a busy machine a long one; what is slow each time is the step. */
  const stop = async (
    fixture: ProcessorFixture,
    open: () => Readable,
    tries = STOP_TRIES,
  ): Promise<Stop> => {
    const stopped = await stopOnce(fixture, open);
    return stopped.stoppedMs < STOP_MS || tries === 1 ? stopped : stop(fixture, open, tries - 1);
  };

  it('does not start when it is already told to stop', async () => {
    for (const fixture of await fixturesFor(processor)) {
      const reason = new RetryableError('deadline_exceeded');

      const error = await failureOf(run(processor, fixture, { signal: AbortSignal.abort(reason) }));

      expect(error, fixture.name).toBe(reason);
    }
  });

  it('stops while it waits for bytes', async () => {
    for (const fixture of await fixturesFor(processor)) {
      if (!(await answerOf(processor, fixture)).hasOpened) continue;
      const { error, reason, stoppedMs } = await stop(fixture, () => stalled(fixture));

      expect(error, fixture.name).toBe(reason);
      expect(stoppedMs, fixture.name).toBeLessThan(STOP_MS);
    }
  });

  it('stops while bytes keep coming', async () => {
    for (const fixture of await fixturesFor(processor)) {
      if (fixture.bytes.length === 0) continue;
      const { error, reason, stoppedMs } = await stop(fixture, () => endless(fixture));

      // Some read no more than their budget allows, or no more than they need, and are through by then.
      if (error !== reason) expectNamedOrNone(error, fixture.name);
      expect(stoppedMs, fixture.name).toBeLessThan(STOP_MS);
    }
  });
};

/** A step that works on one part of a file is a processor as well, but for its name, its page and its fixtures. */
const describePart = (part: Processor): void => {
  describe(part.name, () => {
    describeAnswers(part);
    if (part.isReusable === true) describeReuse(part);
    describeHostility(part);
    describeStops(part);
  });
};

/** The whole suite for one processor, but for its memory. */
export const describeProcessor = (processor: Processor): void => {
  describe(processor.name, () => {
    describeContract(processor);
    describeAnswers(processor);
    if (processor.isReusable === true) describeReuse(processor);
    describeHostility(processor);
    describeStops(processor);
  });
  if (processor.split === undefined) return;
  for (const index of [0, 1]) {
    const part = processorNamed(partStepName(processor.name, { index, count: 2 }));
    if (part === undefined) throw new Error('A processor that splits has no parts.');
    describePart(part);
  }
};
