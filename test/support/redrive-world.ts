/** Dead letters about an upload that fails until its bug is fixed, and an operator who sends them again. */
import type { DeadLetter } from '../../shared/ports/dead-letter-store.ts';
import {
  createRedriveLetters,
  type RedriveDeps,
  type RedriveTerms,
} from '../../shared/usecases/redrive-letters.ts';
import { cause, laneMessage, T0 } from './factories.ts';
import { drain, type WorldOptions } from './memory-world.ts';
import { createProcessingWorld } from './processing-world.ts';
import { buggyProcessor } from './processors.ts';

export const letter = (overrides: Partial<DeadLetter> = {}): DeadLetter => ({
  messageId: 'dead-1',
  queue: 'light',
  body: JSON.stringify(laneMessage()),
  fingerprint: 'light.crashed',
  code: 'crashed',
  message: 'The worker died at this step as often as it was tried.',
  buriedAt: T0,
  ...overrides,
});

const TERMS: RedriveTerms = {
  fingerprint: 'light.crashed',
  dryRun: false,
  perSecond: 10,
  reprocess: false,
};

export const createRedriveWorld = async (
  options: WorldOptions & { readonly redriver?: Partial<RedriveDeps> } = {},
) => {
  const one = buggyProcessor('one');
  const world = await createProcessingWorld({ processors: [one], ...options });
  const redriveLetters = createRedriveLetters({
    ...world.deps,
    reprocessUpload: world.reprocess,
    ...options.redriver,
  });
  const stop = new AbortController();
  const redrive = (terms: Partial<RedriveTerms> = {}) =>
    redriveLetters(
      { ...TERMS, ...terms },
      { ...cause({ requestId: 'operator' }), signal: stop.signal, logger: world.logs },
    );
  const keep = async (...letters: readonly DeadLetter[]) => {
    for (const one of letters) await world.letters.keep(one);
  };
  const message = world.message();
  return {
    ...world,
    stop,
    redrive,
    keep,
    kept: () => world.letters.all().map(({ messageId }) => messageId),
    own: (overrides: Partial<DeadLetter> = {}) =>
      letter({ body: JSON.stringify(message), uploadId: world.id, ...overrides }),
    /** Runs the upload to its end; what comes after that finds the bug fixed. */
    fail: async () => {
      await drain(world);
      one.fix();
    },
  };
};
