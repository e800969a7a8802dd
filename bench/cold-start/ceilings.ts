/** How large the bundle of each function may be: `ceilings.json`, by name, in KB. */
import { readFile, writeFile } from 'node:fs/promises';

const file = new URL('ceilings.json', import.meta.url);

/** Room for a few lines of our own, and for none of a package's. */
const ROOM = 1.01;

export type Kilobytes = Readonly<Record<string, number>>;

/** Of the bytes of each function's bundle. */
export const ceilingsOver = (bytes: Readonly<Record<string, number>>): Kilobytes =>
  Object.fromEntries(
    Object.entries(bytes).map(([name, size]) => [name, Math.ceil((size / 1024) * ROOM)]),
  );

export const readCeilings = async (): Promise<Kilobytes> =>
  JSON.parse(await readFile(file, 'utf8')) as Kilobytes;

export const writeCeilings = async (ceilings: Kilobytes): Promise<void> =>
  writeFile(file, `${JSON.stringify(ceilings, undefined, 2)}\n`);

/** A sentence for each bundle above its ceiling, and for each without one. */
export const tooLarge = (
  bytes: Readonly<Record<string, number>>,
  ceilings: Kilobytes,
): readonly string[] =>
  Object.entries(bytes)
    .filter(([name, size]) => !(size / 1024 <= (ceilings[name] ?? 0)))
    .map(
      ([name, size]) =>
        `The bundle of ${name} has ${Math.ceil(size / 1024)} KB and may have ${ceilings[name] ?? 0}: each KB is loaded at every cold start. Take out what came in; if it is worth it, "npm run ceilings" allows what there is.`,
    );
