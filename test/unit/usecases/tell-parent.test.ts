import { describe, expect, it } from 'vitest';
import { createTellParent } from '../../../shared/usecases/tell-parent.ts';
import { createProcessingWorld } from '../../support/processing-world.ts';

const CAUSE = { requestId: 'request-1', attempt: 1 };

describe('how many children have ended', () => {
  it('A4: is no news for an upload that is in another generation, or gone', async () => {
    const world = await createProcessingWorld();
    const { progressed } = createTellParent(world.deps);
    const group = {
      ...{ id: `${world.id}.7`, tenant: 'acme', owner: 'ann', createdAt: 0, drives: 0 },
      ...{ count: 2, arrived: [0] },
    };
    const before = await world.upload();

    await progressed({ uploadId: world.id, generation: 7 }, group, CAUSE);
    await progressed({ uploadId: 'upl_gone', generation: 1 }, group, CAUSE);
    expect(await world.upload()).toEqual(before);

    await progressed({ uploadId: world.id, generation: 1 }, group, CAUSE);
    expect(await world.upload()).toMatchObject({ childrenEnded: 1 });
  });
});
