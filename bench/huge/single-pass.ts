/** The profile of the same object in one pass, from the same S3: `KEY SIZE`. */
import { createS3Client } from '../../shared/adapters/aws/clients.ts';
import { createS3ObjectStore } from '../../shared/adapters/aws/s3-object-store.ts';
import { tableProfile } from '../../shared/processors/table-profile.ts';
import { processorInput } from '../../test/support/processor-input.ts';
import { UPLOADS } from './names.ts';

const [key = '', size = ''] = process.argv.slice(2);
const objects = createS3ObjectStore({
  client: createS3Client(),
  uploadsBucket: UPLOADS,
});
const object = await objects.latest(key);
if (object === undefined) throw new Error(`${key} is not there.`);
const body = await objects.open(object);
const before = process.cpuUsage();
const { input } = processorInput(tableProfile, Buffer.alloc(0), {
  type: 'text/csv',
  size: Number(size),
  open: () => body,
});
const result = await tableProfile.run(input);
const { user, system } = process.cpuUsage(before);
process.stdout.write(
  JSON.stringify({
    result,
    cpuSeconds: (user + system) / 1e6,
    peakRssMb: (process.resourceUsage().maxRSS * 1024) / 1e6,
  }),
);
process.exit(0);
