/** Small processors for tests of what runs them: what they do is told by a function. */
import { buffer } from 'node:stream/consumers';
import * as z from 'zod';
import { NonRetryableError } from '../../shared/domain/errors.ts';
import {
  defineProcessor,
  type Processor,
  type ProcessorInput,
} from '../../shared/processors/processor.ts';

/** Reads the object whole and answers how long it is. */
const countBytes = async ({ open }: ProcessorInput): Promise<unknown> => ({
  bytes: (await buffer(await open())).length,
});

export interface TestProcessor extends Processor {
  /** How often it was run. */
  runs(): number;
}

/** A light processor for every type that counts bytes, unless told otherwise. */
export const processor = (name: string, overrides: Partial<Processor> = {}): TestProcessor => {
  let runs = 0;
  const { run = countBytes, ...rest } = overrides;
  return {
    ...defineProcessor({
      name,
      version: 1,
      lane: 'light',
      accepts: ['*/*'],
      reads: 'whole',
      budget: {},
      outcome: z.unknown(),
      async run(input) {
        runs += 1;
        return run(input);
      },
    }),
    ...rest,
    runs: () => runs,
  };
};

/** Fails by the bytes, until its bug is fixed. */
export const buggyProcessor = (name: string): TestProcessor & { fix(): void } => {
  let isFixed = false;
  const run = async () => {
    if (!isFixed) throw new NonRetryableError('corrupt');
    return {};
  };
  return {
    ...processor(name, { run }),
    fix() {
      isFixed = true;
    },
  };
};
