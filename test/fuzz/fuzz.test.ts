/** A little of `npm run fuzz`, from the same seed each time. */
import { expect, it } from 'vitest';
import { operations } from '../support/openapi.ts';
import { fuzz, reportLines } from './run.ts';

const SEED = 1;
const REQUESTS = 300;

it('E17: hostile requests on every route of the OpenAPI document get no answer that is wrong', async () => {
  const report = await fuzz({ seed: SEED, requests: REQUESTS });

  expect(report.failure, reportLines(report, SEED).join('\n')).toBeUndefined();
  expect(report.requests).toBe(REQUESTS);
  const routes = [...operations.keys(), 'none'];
  expect(routes.filter((route) => !report.seen.has(route))).toEqual([]);
}, 120_000);
