/** Our table-profile over a file, as its worker would run it: from a stream, within its budget. */
import { stat } from 'node:fs/promises';
import { createBudgetMeter } from '../../shared/domain/budget.ts';
import type { Logger } from '../../shared/ports/logger.ts';
import { tableProfile } from '../../shared/processors/table-profile.ts';
import { type ProfiledColumn, report } from './engine.ts';
import { pooledFile } from './pooled-file.ts';

const path = process.argv[2] ?? '';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

interface Answer {
  readonly rows: number;
  readonly columnProfiles: readonly ProfiledColumn[];
}

const never = async (): Promise<never> => {
  throw new Error('A table has no children.');
};

await report(async () => {
  const { size } = await stat(path);
  let written: Answer | undefined;
  const result = (await tableProfile.run({
    source: {
      size,
      type: 'text/csv',
      name: undefined,
      declaredSha256: undefined,
      declaredType: undefined,
    },
    open: async () => pooledFile(path),
    whole: () => Promise.reject(new Error('A table is read as it comes.')),
    emit: async (name, body, contentType) => {
      if (body instanceof Uint8Array) written = JSON.parse(Buffer.from(body).toString()) as Answer;
      return { name, key: name, size: 0, contentType };
    },
    children: { expect: never, make: never },
    options: {},
    scanner: undefined,
    outcomes: {},
    parts: [],
    read: () => Promise.reject(new Error('There is nothing to read.')),
    budget: createBudgetMeter(tableProfile.budget),
    signal: new AbortController().signal,
    logger: silent,
  })) as Answer;
  // All columns stand in the derived file when they are too many for the outcome.
  const { rows, columnProfiles } = written ?? result;
  return { rows, columns: columnProfiles.map(({ nulls, min, max }) => ({ nulls, min, max })) };
});
