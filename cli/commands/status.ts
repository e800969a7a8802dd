/** `sluice status`: how far an upload or a group is. */
import type { Call, Command } from '../command.ts';
import { UsageError } from '../exit-codes.ts';
import { exitCodeOfGroup, groupLines } from '../group-lines.ts';
import { createProgress } from '../progress.ts';
import { exitCodeOfUpload, nameOf, stateLine, statusLines } from '../status-lines.ts';
import { oneOperand } from './operands.ts';

const followed = async ({ connection, output, signal }: Call, id: string) => {
  const progress = createProgress(output.isJson);
  try {
    return await connection.sluice.follow(id, {
      signal,
      onChange: (upload) => {
        if (output.isJson) output.answer(upload, []);
        progress.tell(id, `${nameOf(upload)}: ${stateLine(upload)}`);
      },
    });
  } finally {
    progress.end();
  }
};

export const status: Command = async (call) => {
  const { connection, output, flags, signal } = call;
  const id = oneOperand(call.operands, 'the id of an upload');
  if (id.startsWith('grp_')) {
    if (flags.watch) throw new UsageError('Nothing is told of a group as it happens: ask again.');
    const group = await connection.sluice.group(id, { signal });
    output.answer(group, groupLines(group));
    return exitCodeOfGroup(group);
  }
  if (flags.watch) {
    const ended = await followed(call, id);
    // With --json the last status was told already.
    if (!output.isJson) output.answer(ended, statusLines(ended));
    return exitCodeOfUpload(ended);
  }
  const upload = await connection.sluice.get(id, { signal });
  output.answer(upload, statusLines(upload));
  return exitCodeOfUpload(upload);
};
