/** Runs one bench in this process, and writes its rows as one line of JSON: `run-one.ts NAME`. */

import { rowOf } from './bench.ts';
import { benchNamed } from './benches.ts';

const bench = await benchNamed(process.argv[2] ?? '');
const rows = (await bench.run()).map((measured) => rowOf(bench.name, measured));
process.stdout.write(`${JSON.stringify({ about: bench.about, rows })}\n`);
// A peer may leave a connection open that would keep this process alive.
process.exit(0);
