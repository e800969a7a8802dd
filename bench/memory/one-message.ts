/** Works one lane message over bytes that are made while they are read, and writes this process's peak: `TYPE STEPS BYTES`. */
import { Readable } from 'node:stream';
import { processors } from '../../shared/processors/registry.ts';
import { createProcessingWorld } from '../../test/support/processing-world.ts';

const [type = '', names = '', size = ''] = process.argv.slice(2);
const steps = names.split(',');
const bytes = Number(size);

const CHUNK_BYTES = 64 * 1024;
/** A sound of Sun's that does not know how long it is: start, length, encoding (16 bits), rate, channels. */
const sunHeader = (): Buffer => {
  const numbers = Buffer.alloc(20);
  for (const [at, number] of [24, 0xffff_ffff, 3, 44_100, 2].entries()) {
    numbers.writeUInt32BE(number, 4 * at);
  }
  return Buffer.concat([Buffer.from('.snd'), numbers]);
};
const header = type === 'audio/basic' ? sunHeader() : Buffer.from('id,name,amount,when\n');
const RECORD = '1234567,somebody or other,1024.25,2026-01-31\n';
const block = Buffer.from(RECORD.repeat(Math.ceil((2 * CHUNK_BYTES) / RECORD.length)));

/** The header, then the same record over and over; the last one is cut where the object ends. */
function* chunks(start: number, end: number): Generator<Buffer> {
  if (start < header.length) yield header.subarray(start, end);
  for (let at = Math.max(start, header.length); at < end; at += CHUNK_BYTES) {
    const from = (at - header.length) % RECORD.length;
    // A copy of its own for each, as a socket's would be.
    yield Buffer.from(block.subarray(from, from + Math.min(CHUNK_BYTES, end - at)));
  }
}

const chosen = processors.filter(({ name }) => steps.includes(name));
const world = await createProcessingWorld({
  processors: chosen,
  detectType: async () => ({ type }),
  objects: () => ({
    open: async (_, { range = { start: 0, end: bytes - 1 } } = {}) =>
      Readable.from(chunks(range.start, range.end + 1), { objectMode: false }),
  }),
});
const message = world.message(chosen[0]?.lane);
const object = { ...message.object, size: bytes };
await world.runSteps({ ...message, type, object, steps }, world.meta());

const { outcomes } = await world.upload();
for (const step of steps) {
  const outcome = outcomes[step];
  if (outcome?.state !== 'succeeded') throw new Error(`${step}: ${JSON.stringify(outcome)}`);
}
// `maxRSS` is in KB of 1,024 bytes.
process.stdout.write(String(process.resourceUsage().maxRSS * 1024));
