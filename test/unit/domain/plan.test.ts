import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_PARTS } from '../../../shared/domain/part.ts';
import {
  firstFailure,
  type Outcomes,
  type Plan,
  type Plannable,
  planFor,
  progressOf,
  type StepOutcome,
  skippedOutcomes,
} from '../../../shared/domain/plan.ts';
import { failed, plan, skipped, step, succeeded, T0 } from '../../support/factories.ts';

const plannable = (overrides: Partial<Plannable>): Plannable => ({
  name: 'one',
  version: 1,
  lane: 'light',
  accepts: ['*/*'],
  ...overrides,
});

const names = (steps: Plan): readonly string[] => steps.map(({ name }) => name);

describe('planFor', () => {
  it.each([
    ['anything', ['*/*'], 'application/x-empty', true],
    ['an exact type', ['image/png'], 'image/png', true],
    ['a family', ['image/*'], 'image/webp', true],
    ['no other type', ['image/png'], 'image/jpeg', false],
    ['no other family', ['image/*'], 'text/plain', false],
    ['no family that only begins alike', ['image/*'], 'imagery/png', false],
    ['no type that only begins alike', ['text/x'], 'text/xml', false],
    ['one of several', ['text/csv', 'image/*'], 'text/csv', true],
  ])('chooses a processor that accepts %s', (_name, accepts, type, isChosen) => {
    expect(planFor({ type, size: 1 }, [plannable({ accepts })])).toHaveLength(isChosen ? 1 : 0);
  });

  it('plans a step for each part of a file that is split, which the step itself needs', () => {
    const split = { types: ['text/csv'], lane: 'heavy', above: 1, partBytes: 1 } as const;
    const registry = [plannable({ name: 'digest' }), plannable({ needs: ['digest'], split })];
    const part = { version: 1, lane: 'heavy', needs: ['digest'] };

    expect(planFor({ type: 'text/csv', size: 2 }, registry).slice(1)).toEqual([
      { ...part, name: 'one-part-1-of-2' },
      { ...part, name: 'one-part-2-of-2' },
      {
        ...{ name: 'one', version: 1, lane: 'light' },
        needs: ['digest', 'one-part-1-of-2', 'one-part-2-of-2'],
      },
    ]);
    expect(planFor({ type: 'text/csv', size: 1 }, registry)).toHaveLength(2);
    expect(planFor({ type: 'text/plain', size: 2 }, registry)).toHaveLength(2);
    expect(planFor({ type: 'text/csv', size: 1_000 }, registry)).toHaveLength(MAX_PARTS + 2);
  });

  it('leaves out what refuses the type, also where it accepts it', () => {
    const picky = plannable({ accepts: ['image/*'], refuses: ['image/svg+xml'] });

    expect(planFor({ type: 'image/svg+xml', size: 1 }, [picky])).toEqual([]);
    expect(planFor({ type: 'image/png', size: 1 }, [picky])).toHaveLength(1);
  });

  it('keeps the order, version and lane of the registry', () => {
    const registry = [
      plannable({ name: 'b', lane: 'heavy', version: 3 }),
      plannable({ name: 'a', version: 2 }),
    ];

    expect(planFor({ type: 'text/plain', size: 1 }, registry)).toEqual([
      { name: 'b', version: 3, lane: 'heavy', needs: [] },
      { name: 'a', version: 2, lane: 'light', needs: [] },
    ]);
  });

  it('leaves out what waits for an option, unless the upload was given it', () => {
    const registry = [plannable({ name: 'always' }), plannable({ onlyWith: 'typePolicy' })];

    expect(names(planFor({ type: 'text/csv', size: 1 }, registry))).toEqual(['always']);
    expect(
      names(
        planFor({ type: 'text/csv', size: 1 }, registry, {
          tableValidation: { schema: { fields: [] } },
        }),
      ),
    ).toEqual(['always']);
    expect(
      names(planFor({ type: 'text/csv', size: 1 }, registry, { typePolicy: 'accept' })),
    ).toEqual(['always', 'one']);
  });

  it('lets everything wait for a gate, but not what the gate itself needs', () => {
    const registry = [
      plannable({ name: 'digest' }),
      plannable({ name: 'names', needs: ['digest'] }),
      plannable({
        name: 'gate',
        needs: ['names'],
        isGate: ({ typePolicy }) => typePolicy === 'reject',
      }),
      plannable({ name: 'scan', isGate: () => true }),
      plannable({ name: 'report', needs: ['digest', 'gate'] }),
    ];
    const needs = (typePolicy: 'accept' | 'reject') =>
      planFor({ type: 'text/plain', size: 1 }, registry, { typePolicy }).map(
        (planned) => planned.needs,
      );

    expect(needs('reject')).toEqual([[], ['digest'], ['names'], [], ['gate', 'scan', 'digest']]);
    expect(needs('accept')).toEqual([
      ['scan'],
      ['scan', 'digest'],
      ['scan', 'names'],
      [],
      ['scan', 'digest', 'gate'],
    ]);
  });

  it('drops a need that the type does not get', () => {
    const registry = [
      plannable({ name: 'pages', accepts: ['application/pdf'] }),
      plannable({ name: 'digest' }),
      plannable({ name: 'report', needs: ['pages', 'digest'] }),
    ];

    expect(planFor({ type: 'text/plain', size: 1 }, registry).at(-1)?.needs).toEqual(['digest']);
    expect(planFor({ type: 'application/pdf', size: 1 }, registry).at(-1)?.needs).toEqual([
      'pages',
      'digest',
    ]);
  });
});

const chain: Plan = [step('a'), step('b', { needs: ['a'] }), step('c', { needs: ['a', 'b'] })];

describe('progressOf', () => {
  it.each<[string, Outcomes, { ready: string[]; blocked: string[]; complete: boolean }]>([
    ['nothing yet', {}, { ready: ['a'], blocked: [], complete: false }],
    ['one success', { a: succeeded() }, { ready: ['b'], blocked: [], complete: false }],
    ['a failure', { a: failed() }, { ready: [], blocked: ['b', 'c'], complete: false }],
    ['a skipped need', { a: skipped() }, { ready: [], blocked: ['b', 'c'], complete: false }],
    [
      'a later failure',
      { a: succeeded(), b: failed() },
      { ready: [], blocked: ['c'], complete: false },
    ],
    [
      'B15: a step whose need is not there yet',
      { b: succeeded() },
      { ready: ['a'], blocked: [], complete: false },
    ],
    [
      'an outcome for each',
      { a: succeeded(), b: failed(), c: skipped() },
      { ready: [], blocked: [], complete: true },
    ],
  ])('with %s', (_name, outcomes, expected) => {
    const { ready, blocked, complete } = progressOf(chain, outcomes);

    expect({ ready: names(ready), blocked: names(blocked), complete }).toEqual(expected);
  });

  it('is complete for a plan without steps', () => {
    expect(progressOf([], {})).toEqual({ ready: [], blocked: [], complete: true });
  });

  it('C5: does not count outcomes of steps that are not in the plan', () => {
    const outcomes = { x: succeeded(), y: succeeded() };

    expect(progressOf(plan('one', 'two'), outcomes).complete).toBe(false);
  });
});

/** Plans without circles: each step needs only earlier ones. */
const anyPlan: fc.Arbitrary<Plan> = fc
  .array(fc.array(fc.boolean(), { maxLength: 8 }), { maxLength: 8 })
  .map((rows) =>
    rows.map((row, index) =>
      step(`s${index}`, {
        needs: row.slice(0, index).flatMap((isNeeded, need) => (isNeeded ? [`s${need}`] : [])),
      }),
    ),
  );

const anyOutcome: fc.Arbitrary<StepOutcome> = fc.constantFrom(succeeded(), failed(), skipped());

const planWithOutcomes = anyPlan.chain((steps) =>
  fc.tuple(
    fc.constant(steps),
    fc
      .array(fc.option(anyOutcome, { nil: undefined }), {
        minLength: steps.length,
        maxLength: steps.length,
      })
      .map(
        (given): Outcomes =>
          Object.fromEntries(
            steps.flatMap(({ name }, index) => {
              const outcome = given[index];
              return outcome === undefined ? [] : [[name, outcome]];
            }),
          ),
      ),
  ),
);

describe('progress over any plan and any outcomes', () => {
  it('C18: is never stuck: open steps mean that some step can run or can never run', () => {
    fc.assert(
      fc.property(planWithOutcomes, ([steps, outcomes]) => {
        const { ready, blocked, complete } = progressOf(steps, outcomes);

        expect(complete).toBe(ready.length + blocked.length === 0);
        expect(names(ready).filter((name) => names(blocked).includes(name))).toEqual([]);
      }),
    );
  });

  it('is monotone: another outcome never makes a ready step unready, nor a blocked one run', () => {
    fc.assert(
      fc.property(planWithOutcomes, anyOutcome, fc.nat(), ([steps, outcomes], outcome, pick) => {
        const before = progressOf(steps, outcomes);
        const open = steps.filter(({ name }) => outcomes[name] === undefined);
        fc.pre(open.length > 0);
        const { name: added } = open[pick % open.length]!;
        const after = progressOf(steps, { ...outcomes, [added]: outcome });

        const stillOpen = (name: string) => name !== added;
        expect(names(after.ready)).toEqual(
          expect.arrayContaining(names(before.ready).filter(stillOpen)),
        );
        expect(names(after.blocked)).toEqual(
          expect.arrayContaining(names(before.blocked).filter(stillOpen)),
        );
        expect(after.complete || !before.complete).toBe(true);
      }),
    );
  });

  it('ends in as many rounds as there are steps when ready ones run and blocked ones are skipped', () => {
    fc.assert(
      fc.property(
        anyPlan,
        fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
        (steps, ways) => {
          let outcomes: Outcomes = {};
          for (let round = 0; round < steps.length; round += 1) {
            const { ready, blocked } = progressOf(steps, outcomes);
            const ran = ready.map(({ name }, index) => [
              name,
              ways[index] ? succeeded() : failed(),
            ]);
            const decided = { at: T0, attempt: 1, requestId: 'request-1' };
            outcomes = {
              ...outcomes,
              ...Object.fromEntries(ran),
              ...skippedOutcomes(blocked, decided),
            };
          }

          expect(progressOf(steps, outcomes).complete).toBe(true);
        },
      ),
    );
  });
});

describe('firstFailure', () => {
  it('is the first failed step in plan order, not in the order of writing', () => {
    const outcomes = { two: failed({ code: 'encrypted' }), one: failed({ code: 'corrupt' }) };

    expect(firstFailure(plan('one', 'two'), outcomes)).toEqual({
      step: 'one',
      code: 'corrupt',
      message: 'The file is damaged.',
    });
  });

  it('is none when every step succeeded or was skipped', () => {
    expect(firstFailure(plan('one', 'two'), { one: succeeded(), two: skipped() })).toBeUndefined();
  });
});

describe('skippedOutcomes', () => {
  it('say why, and who decided it when', () => {
    const decided = { at: T0, attempt: 2, requestId: 'request-7' };

    expect(skippedOutcomes(plan('one'), decided)).toEqual({
      one: {
        ...decided,
        state: 'skipped',
        durationMs: 0,
        code: 'dependency_failed',
        message: 'A step that this step needs did not succeed.',
      },
    });
  });
});
