/** `npm start`, `npm run demo`: hands over to start.ts or demo.ts. */
import { runTypescript } from './run-typescript.mjs';

const [program, ...flags] = process.argv.slice(2);

runTypescript(() => (program === 'demo' ? import('./demo.ts') : import('./start.ts')), flags);
