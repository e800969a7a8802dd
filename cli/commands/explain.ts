/** `sluice explain`: the story of an upload in sentences. */
import type { Upload } from '../../client/types.ts';
import { historySentence } from '../../shared/domain/explain.ts';
import type { Command } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { nameOf } from '../status-lines.ts';
import { bytesText, plain } from '../terminal.ts';
import { oneOperand } from './operands.ts';

/** What an announcement without a type comes to: nobody has said anything. */
const NO_TYPE = 'application/octet-stream';

const whatItIs = (upload: Upload): string => {
  const { id, declared, detectedType, size } = upload;
  if (declared === undefined) return `Upload ${id} was put into the bucket by another tool.`;
  const kind = detectedType === undefined ? '' : `; by its bytes it is ${detectedType}`;
  const bytes = bytesText(size ?? declared.size);
  const said = declared.type === NO_TYPE ? '' : `, declared as ${plain(declared.type)}`;
  return `Upload ${id} is "${nameOf(upload)}", ${bytes}${said}${kind}.`;
};

const openSteps = ({ steps }: Upload): string => {
  const open = steps.filter(({ state }) => state === 'queued' || state === 'running');
  if (open.length === 0) return 'Every step has ended; its results are being put together.';
  const told = open.map(({ name, state, needs, lane }) => {
    if (state === 'running') return `${name} is running`;
    const awaited = needs.filter((need) => open.some((step) => step.name === need));
    return awaited.length > 0
      ? `${name} waits for ${awaited.join(', ')}`
      : `${name} waits in the ${lane} lane`;
  });
  return `It is being processed: ${told.join('; ')}.`;
};

const howItIs = (upload: Upload): string => {
  const { state, error, endedAt = upload.updatedAt } = upload;
  if (state === 'awaiting_upload') return 'It waits for its file: none has arrived.';
  if (state === 'processing') return openSteps(upload);
  if (error === undefined) return `It has been ${state} since ${endedAt}.`;
  const where = error.step === undefined ? '' : ` in step ${error.step}`;
  return `It ended as ${state} at ${endedAt}${where}, ${error.code}: ${plain(error.message)}`;
};

export const explain: Command = async ({ connection, output, operands, signal }) => {
  const id = oneOperand(operands, 'the id of an upload');
  const upload = await connection.sluice.get(id, { signal });
  const history = await connection.sluice.history(id, { signal });
  const sentences = [whatItIs(upload), ...history.map(historySentence), howItIs(upload)];
  output.answer({ upload, history, sentences }, sentences);
  return EXIT.done;
};
