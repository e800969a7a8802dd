import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ObjectVersion } from '../../../shared/domain/object-version.ts';
import { firstFailure, type Outcomes, type Plan, progressOf } from '../../../shared/domain/plan.ts';
import { transition, type UploadEvent } from '../../../shared/domain/transition.ts';
import {
  isLive,
  TERMINAL_STATES,
  type Upload,
  unseenUpload,
} from '../../../shared/domain/upload.ts';
import {
  awaiting,
  cause,
  failed,
  objectVersion,
  plan,
  succeeded,
  T0,
} from '../../support/factories.ts';

const STEPS: Plan = plan('one', 'two', 'three');

/** What really happened to one key: each version with the one way in which each of its steps ends. */
interface Fact {
  readonly object: ObjectVersion;
  readonly outcomes: Outcomes;
}

type Outcome = 'ok' | 'bad';

/** Versions in the order of writing; sequencers grow and differ in length. */
const facts = (count: number) =>
  fc
    .array(fc.tuple(...STEPS.map(() => fc.constantFrom<Outcome>('ok', 'bad'))), {
      minLength: 1,
      maxLength: count,
    })
    .map((ends): readonly Fact[] =>
      ends.map((ways, index) => ({
        object: objectVersion({
          versionId: `version-${index}`,
          eTag: `etag-${index}`,
          lastModified: T0 + index * 1000,
          // 000A, 000A8, 000B, 000B8 …: the shorter one is the older one only once it is padded.
          sequencer: `000${(10 + (index >> 1)).toString(16)}${index % 2 === 0 ? '' : '8'}`,
        }),
        outcomes: Object.fromEntries(
          STEPS.map(({ name }, step) => [
            name,
            ways[step] === 'ok' ? succeeded({ result: index }) : failed({ message: `${index}` }),
          ]),
        ),
      })),
    );

/** Something that some sender does, any number of times, in any order, late or early. */
type Delivery =
  | { readonly kind: 'object'; readonly fact: number }
  | { readonly kind: 'outcome'; readonly fact: number; readonly step: number }
  | { readonly kind: 'finished'; readonly fact: number }
  | { readonly kind: 'driven' };

const allDeliveries = (count: number): readonly Delivery[] => [
  ...Array.from({ length: count }, (_, fact) => [
    { kind: 'object', fact } as const,
    ...STEPS.map((_step, step) => ({ kind: 'outcome', fact, step }) as const),
    { kind: 'finished', fact } as const,
  ]).flat(),
  { kind: 'driven' },
];

interface Run {
  readonly upload: Upload;
  /** Every row there ever was. */
  readonly rows: readonly Upload[];
}

const createRun = (start: Upload, known: readonly Fact[]) => {
  let upload = start;
  let at = T0;
  const rows: Upload[] = [start];
  /** The generation that was opened for a version: a worker only knows it from its message. */
  const generationOf = new Map<number, number>();

  const eventOf = (delivery: Delivery): UploadEvent | undefined => {
    if (delivery.kind === 'driven') return { type: 'driven' };
    const fact = known[delivery.fact]!;
    if (delivery.kind === 'object') {
      const { object } = fact;
      return { type: 'object_accepted', object, detectedType: 'text/plain', plan: STEPS };
    }
    const generation = generationOf.get(delivery.fact);
    // Nobody works on a generation that was never opened.
    if (generation === undefined) return undefined;
    if (delivery.kind === 'finished') return { type: 'finished', generation };
    const { name } = STEPS[delivery.step]!;
    const outcomes = { [name]: fact.outcomes[name]! };
    return { type: 'outcomes_recorded', generation, outcomes, dueAt: at + 1 };
  };

  return {
    deliver(delivery: Delivery): void {
      at += 60_000;
      const event = eventOf(delivery);
      if (event === undefined) return;
      const result = transition(upload, event, { at, cause: cause() });
      if ('refused' in result) return;
      upload = result.next;
      if (delivery.kind === 'object') generationOf.set(delivery.fact, upload.generation);
      rows.push(upload);
    },
    result: (): Run => ({ upload, rows }),
  };
};

/** Any deliveries in any order and number, then whatever at-least-once still owes, in any order. */
const story = (count: number) =>
  facts(count).chain((known) => {
    const all = allDeliveries(known.length);
    const objects = all.filter(({ kind }) => kind === 'object');
    const outcomes = all.filter(({ kind }) => kind === 'outcome');
    const endings = all.filter(({ kind }) => kind === 'finished');
    const shuffled = (deliveries: readonly Delivery[]) =>
      fc.shuffledSubarray([...deliveries], { minLength: deliveries.length });
    return fc.record({
      known: fc.constant(known),
      chaos: fc.array(fc.constantFrom(...all), { maxLength: 60 }),
      // A sender that was refused or not heard sends again until it is: each kind after what it needs.
      owed: fc.tuple(shuffled(objects), shuffled(outcomes), shuffled(endings)),
    });
  });

type Story = ReturnType<typeof story> extends fc.Arbitrary<infer T> ? T : never;

const play = (start: Upload, { known, chaos, owed }: Story): Run => {
  const run = createRun(start, known);
  for (const delivery of [...chaos, ...owed.flat()]) run.deliver(delivery);
  return run.result();
};

const fromBucket = unseenUpload('obj_1', 'acme', T0);

/** What a user can see of how it ended. */
const ending = (upload: Upload) => ({
  state: upload.state,
  object: upload.object,
  outcomes: upload.outcomes,
  failure: 'failure' in upload ? upload.failure : undefined,
});

const endingOf = ({ object, outcomes }: Fact) => {
  const failure = firstFailure(STEPS, outcomes);
  return { state: failure === undefined ? 'completed' : 'failed', object, outcomes, failure };
};

const isTerminal = ({ state }: Upload): boolean =>
  TERMINAL_STATES.some((terminal) => terminal === state);

describe('any order and any number of deliveries', () => {
  it('A3, B15, C1, C5: end a bucket object as its newest version ends, and in no other way', () => {
    fc.assert(
      fc.property(story(4), (told) => {
        const { upload } = play(fromBucket, told);

        expect(ending(upload)).toEqual(endingOf(told.known.at(-1)!));
      }),
    );
  });

  it('A1, A2: end an announced upload as its one object ends, and in no other way', () => {
    fc.assert(
      fc.property(story(1), (told) => {
        const { upload } = play(awaiting(), told);

        expect(ending(upload)).toEqual(endingOf(told.known[0]!));
        expect(upload.generation).toBe(1);
      }),
    );
  });

  it('never take back a terminal state, an outcome or an object within a generation', () => {
    fc.assert(
      fc.property(story(4), (told) => {
        const { rows } = play(fromBucket, told);

        for (const [index, row] of rows.entries()) {
          const next = rows[index + 1];
          if (next === undefined || next.generation !== row.generation) continue;
          if (row.generation > 0) expect(next.object).toEqual(row.object);
          expect(next.outcomes).toMatchObject(row.outcomes);
          expect(isTerminal(row)).toBe(false);
        }
      }),
    );
  });

  it('let rev grow by one with every row and never take a generation back', () => {
    fc.assert(
      fc.property(story(4), (told) => {
        const { rows } = play(fromBucket, told);

        for (const [index, row] of rows.entries()) {
          expect(row.rev).toBe(index);
          expect(row.generation).toBeGreaterThanOrEqual(rows[index - 1]?.generation ?? 0);
        }
      }),
    );
  });

  it('leave every upload either ended or with a due time, and ended only when its set is complete', () => {
    fc.assert(
      fc.property(story(4), (told) => {
        const { rows } = play(fromBucket, told);

        for (const row of rows) {
          if (isLive(row)) expect(row.dueAt).toBeGreaterThan(0);
          else expect(progressOf(row.plan, row.outcomes).complete).toBe(true);
        }
      }),
    );
  });

  it('A3: never bring back an older version once a newer one was seen', () => {
    fc.assert(
      fc.property(story(4), (told) => {
        const { rows } = play(fromBucket, told);
        const seen = rows.flatMap(({ object }) =>
          object === undefined ? [] : [object.lastModified],
        );

        expect(seen).toEqual([...seen].sort((left, right) => left - right));
      }),
    );
  });
});
