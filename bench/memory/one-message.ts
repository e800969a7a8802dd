/** Works one lane message over bytes that are made while they are read, and writes this process's peak: `TYPE STEPS BYTES`. */
import { Readable } from 'node:stream';
import { processors } from '../../shared/processors/registry.ts';
import { createProcessingWorld } from '../../test/support/processing-world.ts';

const [type = '', names = '', size = ''] = process.argv.slice(2);
const steps = names.split(',');
const bytes = Number(size);

const CHUNK_BYTES = 64 * 1024;
const HEADER = 'id,name,amount,when\n';
const RECORD = '1234567,somebody or other,1024.25,2026-01-31\n';
const block = Buffer.from(RECORD.repeat(Math.ceil((2 * CHUNK_BYTES) / RECORD.length)));

/** The header, then the same record over and over; the last one is cut where the object ends. */
function* chunks(): Generator<Buffer> {
  yield Buffer.from(HEADER);
  let at = 0;
  for (let left = bytes - HEADER.length; left > 0; left -= CHUNK_BYTES) {
    const length = Math.min(CHUNK_BYTES, left);
    // A copy of its own for each, as a socket's would be.
    yield Buffer.from(block.subarray(at, at + length));
    at = (at + length) % RECORD.length;
  }
}

const world = await createProcessingWorld({
  processors: processors.filter(({ name }) => steps.includes(name)),
  detectType: async () => ({ type }),
  objects: () => ({ open: async () => Readable.from(chunks(), { objectMode: false }) }),
});
const message = world.message();
const object = { ...message.object, size: bytes };
await world.runSteps({ ...message, type, object, steps }, world.meta());

const { outcomes } = await world.upload();
for (const step of steps) {
  const outcome = outcomes[step];
  if (outcome?.state !== 'succeeded') throw new Error(`${step}: ${JSON.stringify(outcome)}`);
}
// `maxRSS` is in KB of 1,024 bytes.
process.stdout.write(String(process.resourceUsage().maxRSS * 1024));
