import { expect, it } from 'vitest';
import { plannables } from '../../../shared/processors/plannables.ts';
import { processors } from '../../../shared/processors/registry.ts';

it('what is planned by is what the registry says; else run "npm run plannables"', () => {
  const planned = processors.map(
    ({ name, version, lane, accepts, refuses, needs, onlyWith, isGate }) => ({
      ...{ name, version, lane, accepts, refuses, needs, onlyWith, isGate },
    }),
  );
  expect(plannables).toEqual(planned);
});
