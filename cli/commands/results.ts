/** `sluice results`: what was found and made of an upload, and the files themselves. */
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TransferError } from '../../client/errors.ts';
import type { Upload } from '../../client/types.ts';
import type { Call, Command } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { findingLines } from '../finding-lines.ts';
import { statusLines } from '../status-lines.ts';
import { bytesText, plain } from '../terminal.ts';
import { oneOperand } from './operands.ts';

interface Result {
  readonly step: string;
  readonly name: string;
  readonly size: number;
  readonly contentType: string;
  readonly href: string;
}

const resultsOf = ({ steps }: Upload): readonly Result[] =>
  steps.flatMap(({ name: step, files }) => files.map((file) => ({ step, ...file })));

const foundLines = ({ steps }: Upload): readonly string[] => {
  const found = steps.filter(({ outcome }) => outcome !== undefined);
  if (found.length === 0) return ['Nothing was found.'];
  const lines = found.flatMap(({ name, outcome }) => findingLines(name, outcome));
  return ['Found', ...lines.map((line) => `  ${line}`)];
};

/** Names come from the service; none may lead out of the folder. */
const assertPlainName = (name: string): string => {
  if (/^[a-z0-9][a-z0-9._-]*$/.test(name)) return name;
  throw new TransferError(`"${plain(name)}" is no name for a file that was made by a step.`);
};

/** Whole or not at all; a file of an earlier download is replaced. */
const fetchInto = async (folder: string, { step, name, href }: Result, call: Call) => {
  const place = join(folder, assertPlainName(step));
  const path = join(place, assertPlainName(name));
  await mkdir(place, { recursive: true });
  const answer = await call.connection.sluice.open(href, { signal: call.signal });
  if (answer.body === null)
    throw new TransferError('The file storage gave an answer without a file.');
  const partial = `${path}.partial`;
  try {
    await pipeline(Readable.fromWeb(answer.body), createWriteStream(partial), {
      signal: call.signal,
    });
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true });
    throw new TransferError(`${path} could not be written whole.`, { cause });
  }
  return path;
};

export const results: Command = async (call) => {
  const { connection, output, flags, operands, signal } = call;
  const id = oneOperand(operands, 'the id of an upload');
  const upload = await connection.sluice.get(id, { signal });
  const files = resultsOf(upload);
  const paths: string[] = [];
  if (flags.download !== undefined) {
    for (const file of files) paths.push(await fetchInto(flags.download, file, call));
  }
  const listed = files.map(
    ({ step, name, size }, index) => `  ${paths[index] ?? `${step}/${name}`}, ${bytesText(size)}`,
  );
  output.answer(
    {
      id,
      state: upload.state,
      outcomes: Object.fromEntries(upload.steps.map(({ name, outcome }) => [name, outcome])),
      files: files.map((file, index) => ({ ...file, path: paths[index] })),
    },
    [
      ...statusLines(upload),
      ...['', ...foundLines(upload)],
      ...['', files.length === 0 ? 'No files were made.' : 'Files', ...listed],
    ],
  );
  return EXIT.done;
};
