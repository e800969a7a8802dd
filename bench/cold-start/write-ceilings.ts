/** `npm run ceilings`: allows every function the bundle that it has today, and little more. */
import { bundlesOf, functionNames } from './bundles.ts';
import { ceilingsOver, readCeilings, writeCeilings } from './ceilings.ts';

const before = await readCeilings();
const bundles = await bundlesOf(await functionNames());
const after = ceilingsOver(
  Object.fromEntries([...bundles].map(([name, { byteLength }]) => [name, byteLength])),
);
await writeCeilings(after);
for (const [name, kb] of Object.entries(after)) {
  if (before[name] !== kb) console.log(`${name}: ${before[name] ?? 'none'} → ${kb} KB`);
}
