/** `sluice upload`: sends files, a few at a time, and follows them if asked to. */
import { stat } from 'node:fs/promises';
import { declare } from '../../client/declare.ts';
import { openLocalFile } from '../../client/local-file.ts';
import type { CreatedUpload, Upload } from '../../client/types.ts';
import type { Call, Command } from '../command.ts';
import { EXIT, type ExitCode, exitCodeOf, UsageError } from '../exit-codes.ts';
import { createProgress, type Progress } from '../progress.ts';
import { exitCodeOfUpload, stateLine } from '../status-lines.ts';
import { barText, bytesText, plain } from '../terminal.ts';
import { oneOperand, someOperands } from './operands.ts';

const FILES_AT_ONCE = 3;

interface Sending {
  readonly call: Call;
  readonly progress: Progress;
  readonly path: string;
  /** With a group: its file, and what it was announced as. */
  readonly announced?: Announced | undefined;
}

interface Announced {
  readonly file: Blob;
  readonly created: CreatedUpload;
}

const assertFiles = async (paths: readonly string[]): Promise<void> => {
  for (const path of paths) {
    const found = await stat(path).catch((cause: unknown) => {
      throw new UsageError(`There is no file ${plain(path)}.`, { cause });
    });
    if (!found.isFile()) throw new UsageError(`${plain(path)} is not a file.`);
  }
};

/** A file and what is told of it. */
const openFor = async ({ call, progress, path }: Sending) => {
  const { type, unpack } = call.flags;
  progress.show(path, `${plain(path)}: reading`);
  const options = unpack ? { options: { unpack } } : {};
  return { ...(await openLocalFile(path)), type, ...options };
};

const send = async (sending: Sending): Promise<Upload> => {
  const { call, progress, path, announced } = sending;
  const { connection, flags, output, signal } = call;
  const label = plain(path);
  const { file, ...declaration } = announced ?? (await openFor(sending));
  const total = file.size;
  const onProgress = (sent: number) => {
    const share = total === 0 ? 1 : sent / total;
    progress.show(path, `${label}: ${barText(share)} ${bytesText(sent)} of ${bytesText(total)}`);
  };
  onProgress(0);
  if (flags.resume !== undefined) {
    return connection.sluice.resume(flags.resume, file, { signal, onProgress });
  }
  let id = announced?.created.upload.id ?? '';
  try {
    if (announced !== undefined) {
      return await connection.sluice.send(announced.created, file, { signal, onProgress });
    }
    return await connection.sluice.upload(file, {
      ...declaration,
      signal,
      onProgress,
      onAnnounced: ({ upload }) => {
        id = upload.id;
      },
    });
  } catch (error) {
    if (id !== '') {
      progress.aside(() => output.remark(`To go on: npx sluice upload --resume ${id} ${label}`));
    }
    throw error;
  }
};

/** A file that was sent has arrived, though nobody has looked at it yet. */
const wayLine = (upload: Upload): string =>
  upload.state === 'awaiting_upload' ? 'sent, not looked at yet' : stateLine(upload);

const follow = ({ call, progress, path }: Sending, { id }: Upload): Promise<Upload> =>
  call.connection.sluice.follow(id, {
    signal: call.signal,
    onChange: (upload) => progress.tell(path, `${plain(path)}: ${wayLine(upload)}`),
  });

/** Tells of one file and goes on to the next, whatever becomes of it. */
const bring = async (sending: Sending): Promise<ExitCode> => {
  const { call, progress, path } = sending;
  const { output, flags } = call;
  try {
    const sent = await send(sending);
    const upload = flags.watch ? await follow(sending, sent) : sent;
    progress.finish(path, `${plain(path)}: ${flags.watch ? stateLine(upload) : 'sent'}`);
    progress.aside(() => output.answer({ file: path, upload }, [upload.id]));
    return exitCodeOfUpload(upload);
  } catch (error) {
    const code = call.signal.aborted ? EXIT.interrupted : exitCodeOf(error);
    if (code === undefined) throw error;
    progress.finish(path, `${plain(path)}: not sent`);
    progress.aside(() => output.trouble(error, { file: path }));
    return code;
  }
};

/** All in one request. Each is read before, for its digest. */
const announceGroup = async (call: Call, progress: Progress): Promise<readonly Announced[]> => {
  const { connection, operands, output, signal } = call;
  const files: Blob[] = [];
  const declared = [];
  for (const path of operands) {
    const { file, ...declaration } = await openFor({ call, progress, path });
    files.push(file);
    declared.push(declare(file, declaration));
  }
  const { group, uploads } = await connection.sluice.createGroup(declared, { signal });
  progress.aside(() => output.answer({ group }, [group.id]));
  return files.flatMap((file, at) => {
    const created = uploads[at];
    return created === undefined ? [] : [{ file, created }];
  });
};

/** The first code that is not `done` is the command's. */
export const upload: Command = async (call) => {
  const { operands, flags } = call;
  if (flags.resume === undefined) someOperands(operands, 'which files');
  else oneOperand(operands, 'the file to go on with');
  if (flags.resume !== undefined && flags.group) {
    throw new UsageError(
      'What goes on was announced before: --resume and --group exclude each other.',
    );
  }
  await assertFiles(operands);
  const progress = createProgress(call.output.isJson);
  const codes: ExitCode[] = [];
  const left = operands.entries();
  try {
    const announced = flags.group ? await announceGroup(call, progress) : [];
    const lane = async () => {
      for (const [index, path] of left) {
        codes[index] = await bring({ call, progress, path, announced: announced[index] });
      }
    };
    await Promise.all(Array.from({ length: FILES_AT_ONCE }, lane));
  } finally {
    progress.end();
  }
  return codes.find((code) => code !== EXIT.done) ?? EXIT.done;
};
