import { expect, it } from 'vitest';
import { splittableOf } from '../../../shared/domain/plan.ts';
import { plannables } from '../../../shared/processors/plannables.ts';
import { processors } from '../../../shared/processors/registry.ts';

it('what is planned by is what the registry says; else run "npm run plannables"', () => {
  const planned = processors.map(
    ({ name, version, lane, accepts, refuses, needs, onlyWith, makesChildren, isGate, split }) => ({
      ...{ name, version, lane, accepts, refuses, needs, onlyWith, makesChildren, isGate },
      split: split && splittableOf(split),
    }),
  );
  expect(plannables).toEqual(planned);
});
