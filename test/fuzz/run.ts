/** Sends seeded requests through the real functions over memory stores and judges every answer. */
import fc from 'fast-check';
import { advance, type Prepared, prepare } from '../openapi/examples.ts';
import type { GatewayAnswer, GatewayRequest } from '../support/gateway.ts';
import { anyCase, type Case, requestOf } from './cases.ts';
import { complaints } from './judge.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly requests: number;
  /** Ends after so long, whatever is left. */
  readonly seconds?: number | undefined;
  /** Of an earlier failure: only this one. */
  readonly path?: string | undefined;
}

export interface FuzzReport {
  readonly requests: number;
  /** Route → status → how often. The route of what no route fits is `none`. */
  readonly seen: ReadonlyMap<string, ReadonlyMap<number, number>>;
  readonly failure:
    | {
        readonly complaints: readonly string[];
        readonly request: GatewayRequest;
        readonly answer: GatewayAnswer;
        readonly path: string | undefined;
      }
    | undefined;
}

/** A world is used up by what succeeds in it; a new one costs some milliseconds. */
const REQUESTS_PER_WORLD = 40;

const usesUp = ({ status, routeKey = '' }: GatewayAnswer): boolean =>
  status < 300 && /^DELETE|complete$/.test(routeKey);

const createWorlds = () => {
  let current: Promise<Prepared> | undefined;
  let used = 0;
  const advanced = new Set<string>();
  return {
    async next({ routeKey, isAdvanced }: Case): Promise<Prepared> {
      used += 1;
      if (used > REQUESTS_PER_WORLD) current = undefined;
      if (current === undefined) {
        used = 0;
        advanced.clear();
      }
      current ??= prepare();
      const prepared = await current;
      if (isAdvanced && !advanced.has(routeKey)) await advance(routeKey, prepared);
      if (isAdvanced) advanced.add(routeKey);
      return prepared;
    },
    drop: () => {
      current = undefined;
    },
  };
};

/** The same seed sends the same requests. */
export const fuzz = async (options: FuzzOptions): Promise<FuzzReport> => {
  const { seed, requests, seconds, path } = options;
  const worlds = createWorlds();
  const seen = new Map<string, Map<number, number>>();
  let sent = 0;
  let failure: FuzzReport['failure'];

  const count = ({ routeKey = 'none', status }: GatewayAnswer) => {
    const statuses = seen.get(routeKey) ?? new Map<number, number>();
    seen.set(routeKey, statuses.set(status, (statuses.get(status) ?? 0) + 1));
    sent += 1;
  };

  const property = fc.asyncProperty(anyCase, async (one) => {
    const prepared = await worlds.next(one);
    const request = requestOf(one, prepared);
    const answer = await prepared.gateway.send(request);
    count(answer);
    if (usesUp(answer)) worlds.drop();
    const wrong = complaints(request, answer);
    if (wrong.length === 0) return true;
    failure = { complaints: wrong, request, answer, path: undefined };
    worlds.drop();
    return false;
  });
  const details = await fc.check(property, {
    seed,
    numRuns: requests,
    ...(path === undefined ? {} : { path }),
    ...(seconds === undefined ? {} : { interruptAfterTimeLimit: seconds * 1_000 }),
  });
  // A wrong answer is told below; whatever else went wrong is a mistake of ours.
  if (failure === undefined && details.errorInstance instanceof Error) throw details.errorInstance;
  const { counterexamplePath } = details;
  return {
    requests: sent,
    seen,
    failure: failure && { ...failure, path: counterexamplePath ?? undefined },
  };
};

/** A route, what it was asked and what it said. */
export const reportLines = ({ requests, seen, failure }: FuzzReport, seed: number): string[] => {
  const routes = [...seen].sort(([one], [other]) => (one < other ? -1 : 1));
  const width = Math.max(...routes.map(([route]) => route.length));
  const lines = routes.map(([route, statuses]) => {
    const counts = [...statuses].sort(([one], [other]) => one - other);
    return `${route.padEnd(width)}  ${counts.map(([status, times]) => `${status}×${times}`).join('  ')}`;
  });
  const end =
    failure === undefined
      ? [`${requests} requests, seed ${seed}: no answer is wrong.`]
      : [
          ...failure.complaints,
          JSON.stringify(failure.request),
          JSON.stringify(failure.answer),
          `Again: npm run fuzz -- --seed ${seed} --path ${failure.path}`,
        ];
  return [...lines, '', ...end];
};
