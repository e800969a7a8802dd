/** What is known of each regular expression: `verdicts.json`, by `/pattern/flags`. */
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('verdicts.json', import.meta.url);

/** `linear`: recheck finds no input that takes longer than its length. Everything else is what bounds the input. */
export type Verdicts = Readonly<Record<string, string>>;

export const LINEAR = 'linear';

export const readVerdicts = (): Verdicts => JSON.parse(readFileSync(file, 'utf8')) as Verdicts;

export const writeVerdicts = (verdicts: Verdicts): void => {
  const sorted = Object.entries(verdicts).sort(([one], [other]) => (one < other ? -1 : 1));
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(sorted), undefined, 2)}\n`);
};
