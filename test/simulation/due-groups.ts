/** Sweeps for the groups of a world: what its own sweeper runs for are uploads alone. */
import { createSweep } from '../../shared/usecases/sweep.ts';
import { depsOf } from './functions.ts';
import type { World } from './world.ts';

const MINUTE = 60_000;

/** One in every hour in which a group is due. */
export const sweepForGroups = ({ scheduler, lambda, stores, truth, onLog }: World): void => {
  for (let hour = 1; hour <= 8; hour += 1) {
    scheduler.after(hour * 60 * MINUTE, () => {
      if (truth.groups.groups().every(({ dueAt }) => dueAt === undefined)) return;
      lambda.invoke(
        { name: 'sweep', timeoutSeconds: 60, uploads: [] },
        (inv) => {
          const deps = depsOf(inv, stores, onLog);
          const { signal } = new AbortController();
          const run = { requestId: inv.id, attempt: 1, signal, logger: deps.logger };
          return createSweep(deps)(run);
        },
        () => undefined,
      );
    });
  }
};
