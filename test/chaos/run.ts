/** One run: users and nemeses together, then peace until nothing moves, then the operator, then the verdict. */
import { setTimeout as sleep } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { localCredentials, localRegion } from '../../local/environment.ts';
import { createSlots } from '../../local/lambda/slots.ts';
import { createSeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import { type Broker, createBroker } from './broker.ts';
import { createJournal, type Journal, type Poll } from './journal.ts';
import { type Arena, unleash } from './nemeses.ts';
import { createOperator } from './operator.ts';
import { readRows } from './rows.ts';
import { type ChaosStack, type Hooks, startChaosStack } from './stack.ts';
import { judge } from './verdict.ts';
import { LINES, runWorkload, type Users, warmUp } from './workload.ts';

export interface RunTerms {
  readonly uploads: number;
  readonly seed: number;
  /** How long uploads begin; the nemeses stay a little longer. */
  readonly seconds: number;
  readonly logFile: string;
  readonly say: (line: string) => void;
}

export interface RunReport {
  readonly journal: Journal;
  /** Polls while the nemeses were at work. */
  readonly stormPolls: readonly Poll[];
  readonly seconds: { readonly start: number; readonly storm: number; readonly peace: number };
  readonly hostsStarted: number;
  readonly ends: ReadonlyMap<string, number>;
  readonly redriven: number;
  readonly reprocessed: number;
}

const MINUTE = 60_000;
/** So the sweep of the storm finds what has not moved for 15 seconds: it is due after 20 minutes. */
const STORM_SWEEP_SHIFT_MS = 20 * MINUTE - 15_000;
/** Due times of the peace: unused uploads after 30 minutes, re-drives after 20, 40, 80 … minutes. */
const PEACE_SHIFTS_MS = [0, 31, 75, 160, 330, 700, 1_100].map((minutes) => minutes * MINUTE);
const SWEEP_EVERY_MS = 3_000;
const QUIET_WITHIN_MS = 60_000;

const LOST_EVENTS = 0.03;
const DUPLICATED_EVENTS = 0.15;
const LATE_EVENTS = 0.3;
const DUPLICATED_DELIVERIES = 0.05;
const SURVIVED_DELETES = 0.02;
const RESENT_PER_SECOND = 3;
const REMEMBERED_MESSAGES = 300;

const createStorm = (seed: number, journal: Journal) => {
  const random = createSeededRandom(seed * 7 + 1);
  let isOn = false;
  let peaceShiftMs: number | undefined;
  const seen: { readonly queueArn: string; readonly body: string }[] = [];
  const happens = (probability: number, fault: string): boolean => {
    const does = isOn && random.chance(probability);
    if (does) journal.fault(fault);
    return does;
  };
  const later = (deliver: () => void): void => {
    setTimeout(deliver, random.below(4_000));
  };
  const hooks: Hooks = {
    onS3Event(_, deliver) {
      if (happens(LOST_EVENTS, 'S3 event lost')) return;
      if (happens(DUPLICATED_EVENTS, 'S3 event duplicated')) later(deliver);
      if (happens(LATE_EVENTS, 'S3 event late, out of order')) later(deliver);
      else deliver();
    },
    duplicatesDelivery: () => happens(DUPLICATED_DELIVERIES, 'SQS message delivered twice'),
    survivesDelete: () => happens(SURVIVED_DELETES, 'SQS message back after its delete'),
    onMessage(_, queueArn, body) {
      if (queueArn.endsWith('-dlq')) return;
      seen.push({ queueArn, body });
      if (seen.length > REMEMBERED_MESSAGES) seen.shift();
    },
    isDeadly(key, body) {
      const isMeant = isOn && key.startsWith('work-') && journal.isDeadly(body);
      if (isMeant) journal.fault('worker killed by its message');
      return isMeant;
    },
    shiftMsOf: (key) => peaceShiftMs ?? (key === 'sweep' ? STORM_SWEEP_SHIFT_MS : 0),
  };
  return {
    hooks,
    begin: () => {
      isOn = true;
    },
    end: () => {
      isOn = false;
    },
    shift: (ms: number | undefined) => {
      peaceShiftMs = ms;
    },
    /** Sends messages that were delivered long ago once more, as new ones. */
    async resend(broker: Broker, over: AbortSignal): Promise<void> {
      while (!over.aborted) {
        await sleep(1000 / RESENT_PER_SECOND);
        const old = seen[random.below(seen.length)];
        if (old === undefined) continue;
        await broker.send(old.queueArn, old.body);
        journal.fault('old message sent again');
      }
    },
  };
};

type Storm = ReturnType<typeof createStorm>;

const every = async (ms: number, over: AbortSignal, work: () => Promise<unknown>) => {
  while (!over.aborted) {
    await work();
    await sleep(ms);
  }
};

const untilQuiet = async (broker: Broker): Promise<boolean> => {
  const until = Date.now() + QUIET_WITHIN_MS;
  let quietTimes = 0;
  while (Date.now() < until) {
    await broker.takeNotifications();
    quietTimes = (await broker.counts()).size === 0 ? quietTimes + 1 : 0;
    if (quietTimes >= 3) return true;
    await sleep(300);
  }
  return false;
};

/** Lets virtual time pass until no upload is live and no message is left. */
const settle = async (stack: ChaosStack, storm: Storm, broker: Broker): Promise<void> => {
  for (const shift of PEACE_SHIFTS_MS) {
    storm.shift(shift === 0 ? undefined : shift);
    await stack.sweep();
    await untilQuiet(broker);
    const rows = await readRows(stack);
    const live = rows.filter(({ dueShard }) => dueShard !== undefined);
    stack.log(`harness: shift ${shift / MINUTE} min, ${live.length} live`);
    if (live.length === 0) return;
  }
};

const rideStorm = async (
  stack: ChaosStack,
  storm: Storm,
  broker: Broker,
  terms: RunTerms,
  journal: Journal,
) => {
  const { seed, uploads, seconds, say } = terms;
  const over = new AbortController();
  const home = new AbortController();
  const s3 = new S3Client({
    endpoint: stack.endpoints.s3,
    region: localRegion,
    credentials: localCredentials,
    forcePathStyle: true,
  });
  const users: Users = {
    api: stack,
    s3,
    uploadsBucket: stack.model.environments.ingest?.UPLOADS_BUCKET ?? '',
    random: createSeededRandom(seed * 7 + 2),
    journal,
    lines: createSlots(LINES),
    over: home.signal,
  };
  const arena: Arena = {
    stack,
    random: createSeededRandom(seed * 7 + 3),
    journal,
    over: over.signal,
  };
  await warmUp(users);
  storm.begin();
  const evils = Promise.all([
    unleash(arena),
    storm.resend(broker, over.signal),
    every(SWEEP_EVERY_MS, over.signal, () => stack.sweep()),
    every(500, over.signal, () => broker.takeNotifications()),
  ]);
  const { all } = await runWorkload(users, { uploads, seconds, seed });
  await sleep(4_000);
  over.abort();
  storm.end();
  await evils;
  say(
    `The storm is over after ${journal.secondsSince().toFixed(0)} s; waiting until nothing moves …`,
  );
  return {
    users,
    goHome: async () => {
      home.abort();
      await all;
      s3.destroy();
    },
  };
};

export const runChaos = async (terms: RunTerms): Promise<RunReport> => {
  const { seed, logFile, say } = terms;
  const beganAt = Date.now();
  const journal = createJournal();
  const storm = createStorm(seed, journal);
  const stack = await startChaosStack(storm.hooks, logFile);
  const onSignal = () => void stack.close().finally(() => process.exit(130));
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  const broker = createBroker(stack, journal);
  try {
    const startedAt = Date.now();
    say(`The stack runs after ${((startedAt - beganAt) / 1000).toFixed(0)} s; uploading …`);
    const { users, goHome } = await rideStorm(stack, storm, broker, terms, journal);
    const peaceAt = Date.now();
    const stormPolls = [...journal.polls];
    await settle(stack, storm, broker);
    const operator = createOperator(stack, journal);
    const redriven = await operator.redriveAll();
    storm.shift(undefined);
    await settle(stack, storm, broker);
    const reprocessed = await operator.reprocess(await readRows(stack));
    if (reprocessed > 0) await settle(stack, storm, broker);
    await goHome();
    const rows = await readRows(stack);
    await judge({ stack, users, broker, operator, journal, rows });
    const ends = new Map<string, number>();
    for (const { state } of rows) ends.set(state, (ends.get(state) ?? 0) + 1);
    return {
      journal,
      stormPolls,
      seconds: {
        start: (startedAt - beganAt) / 1000,
        storm: (peaceAt - startedAt) / 1000,
        peace: (Date.now() - peaceAt) / 1000,
      },
      hostsStarted: stack.hosts.started(),
      ends,
      redriven,
      reprocessed,
    };
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    broker.close();
    journal.stalls.stop();
    await stack.close();
  }
};
