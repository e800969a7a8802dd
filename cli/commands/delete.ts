/** `sluice delete`: takes uploads back. */
import type { Command } from '../command.ts';
import { EXIT, type ExitCode, exitCodeOf } from '../exit-codes.ts';
import { someOperands } from './operands.ts';

/** Goes on behind one that cannot be deleted; its code is the command's. */
export const deleteUploads: Command = async ({ connection, output, operands, signal }) => {
  let worst: ExitCode = EXIT.done;
  for (const id of someOperands(operands, 'the id of an upload')) {
    try {
      await connection.sluice.delete(id, { signal });
      output.answer({ id, deleted: true }, [`${id} is gone.`]);
    } catch (error) {
      const code = exitCodeOf(error);
      if (code === undefined) throw error;
      output.trouble(error, { id });
      worst = code;
    }
  }
  return worst;
};
