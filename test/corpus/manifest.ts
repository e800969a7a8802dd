/** A folder of files with what independent tools say of them in its `manifest.json`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const corpusFile = z.looseObject({
  path: z.string(),
  original_name: z.string().optional(),
  sha256: z.string(),
  bytes: z.number(),
  kind: z.string(),
  expect: z.looseObject({ class: z.string() }),
});

export type CorpusFile = z.infer<typeof corpusFile>;
export type Expectation = CorpusFile['expect'];

/** A list, or an object whose `files` is one. */
const manifest = z.union([
  z.array(corpusFile),
  z.object({ files: z.array(corpusFile) }).transform(({ files }) => files),
]);

/** @throws when there is no manifest, or it is another one. */
export const readManifest = (folder: string): readonly CorpusFile[] =>
  manifest.parse(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')));

/** The path that a user would have sent it from. */
export const nameOf = ({ original_name, path }: CorpusFile): string =>
  original_name ?? path.split('/').at(-1) ?? path;
