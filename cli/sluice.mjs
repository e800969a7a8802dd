#!/usr/bin/env node
/** `npx sluice`: hands over to main.ts. */
import { runTypescript } from '../local/run-typescript.mjs';

runTypescript(() => import('./main.ts'), process.argv.slice(2));
