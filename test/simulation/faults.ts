/** What goes wrong, how often, and until when. A profile is a named set of chances; a seed draws from them. */
import type { SeededRandom } from '../../shared/adapters/memory/seeded-random.ts';

/** What may happen at one effect of one invocation. */
export const EFFECT_FAULTS = [
  'crash-before',
  'crash-after',
  'fail-before',
  'lose-answer',
  'stall',
  'pause',
] as const;
export type EffectFault = (typeof EFFECT_FAULTS)[number];

/** What may happen to the world around the invocations. */
export const WORLD_FAULTS = [
  'duplicate-message',
  'delay-message',
  'partial-send',
  'lost-ack',
  'lost-event',
  'duplicate-event',
  'delay-event',
  'joined-events',
  'broken-stream',
  'clock-skew',
  'survives-timeout',
  'write-after-death',
  'short-visibility',
  'old-worker',
  'flaky-step',
  'overslow-step',
  'second-sweep',
  'missed-sweep',
  'redis-silent',
  'redis-flush',
  'redis-stale',
  'redis-garbage',
  'seized-lease',
  'lagging-index',
  'deploys',
  'lane-off',
  'purge-queue',
  'zombie-message',
  'late-again',
  'poison',
  'receiver-down',
  'receiver-fails',
  'receiver-gone',
] as const;
export type WorldFault = (typeof WORLD_FAULTS)[number];

export type Fault = EffectFault | WorldFault;
export type Chances = Readonly<Partial<Record<Fault, number>>>;

export interface Profile {
  readonly name: string;
  readonly chances: Chances;
}

/** Servers of tenants. */
const RECEIVERS: Chances = {
  'receiver-down': 0.15,
  'receiver-fails': 0.2,
  'receiver-gone': 0.02,
};
const NETWORK: Chances = {
  'fail-before': 0.015,
  'lose-answer': 0.015,
  'partial-send': 0.9,
  ...RECEIVERS,
};
const DELIVERY: Chances = {
  'duplicate-message': 0.2,
  'delay-message': 0.15,
  'lost-ack': 0.1,
  'duplicate-event': 0.3,
  'delay-event': 0.3,
  'joined-events': 0.2,
  'zombie-message': 0.5,
  'late-again': 0.3,
};
const DEATH: Chances = {
  'crash-before': 0.012,
  'crash-after': 0.012,
  'write-after-death': 0.5,
  'old-worker': 0.1,
  'flaky-step': 0.4,
};
const TIME: Chances = {
  stall: 0.015,
  pause: 0.006,
  'survives-timeout': 0.4,
  'clock-skew': 0.5,
  'overslow-step': 0.5,
  'short-visibility': 0.5,
  'second-sweep': 0.3,
  'missed-sweep': 0.3,
  'lagging-index': 0.3,
};
const REDIS: Chances = {
  'redis-silent': 0.6,
  'redis-flush': 0.6,
  'redis-stale': 0.6,
  'redis-garbage': 0.6,
  'seized-lease': 0.3,
};
const LOSS: Chances = {
  'lost-event': 0.4,
  'lane-off': 0.4,
  'purge-queue': 0.4,
  'missed-sweep': 0.3,
  'late-again': 0.3,
  'lagging-index': 0.5,
  poison: 0.5,
};

/** Everything at once, and more of it. */
const CHAOS: Chances = {
  ...NETWORK,
  ...DELIVERY,
  ...DEATH,
  ...TIME,
  ...REDIS,
  ...LOSS,
  'broken-stream': 0.1,
  'lost-event': 0.25,
  'lane-off': 0.25,
  'purge-queue': 0.25,
  deploys: 0.1,
};

const PROFILES: readonly Profile[] = [
  { name: 'calm', chances: {} },
  { name: 'duplicates', chances: { ...DELIVERY, 'second-sweep': 0.5 } },
  { name: 'crashes', chances: { ...DEATH } },
  { name: 'network', chances: { ...NETWORK, 'broken-stream': 0.2 } },
  { name: 'time', chances: { ...TIME, 'duplicate-message': 0.1 } },
  { name: 'redis', chances: { ...REDIS, 'duplicate-message': 0.1, 'delay-event': 0.2 } },
  { name: 'loss', chances: { ...LOSS, 'crash-after': 0.01 } },
  { name: 'deploys', chances: { deploys: 1, 'write-after-death': 0.5, 'duplicate-message': 0.1 } },
  { name: 'chaos', chances: CHAOS },
];

/** The profile of a seed when none is asked for: all in turn, chaos most often. */
export const profileOf = (seed: number): Profile => {
  const turn = [...PROFILES, ...PROFILES.slice(-1), ...PROFILES.slice(-1)];
  return turn[seed % turn.length] as Profile;
};

export const profileNamed = (name: string): Profile => {
  const profile = PROFILES.find((candidate) => candidate.name === name);
  if (profile === undefined) {
    throw new Error(`There is no profile ${name}: ${PROFILES.map(({ name }) => name).join(', ')}.`);
  }
  return profile;
};

/** Copies make copies; without a bound a world would never come to rest. */
const AT_MOST: Readonly<Partial<Record<Fault, number>>> = {
  'duplicate-message': 25,
  'zombie-message': 6,
  'late-again': 10,
  'lost-ack': 15,
  'delay-message': 40,
};

/** One effect as it is about to happen. */
export interface Call {
  /** `store.put`, `queue.send`, … */
  readonly name: string;
  readonly uploads: readonly string[];
}

export interface FaultPlan {
  /** The fault of the next effect, if any. */
  atEffect(call: Call): EffectFault | undefined;
  /** Whether this fault of the world happens now; counted when it does. */
  happens(fault: WorldFault): boolean;
  /** Whether clocks may be wrong. */
  readonly hasSkew: boolean;
  /** No fault happens any more. */
  stop(): void;
  isOver(): boolean;
  counts(): ReadonlyMap<Fault, number>;
}

export const createFaultPlan = (profile: Profile, random: SeededRandom): FaultPlan => {
  const counts = new Map<Fault, number>();
  let isOver = false;
  const count = (fault: Fault): void => {
    counts.set(fault, (counts.get(fault) ?? 0) + 1);
  };
  const atEffects = EFFECT_FAULTS.filter((fault) => profile.chances[fault] !== undefined);

  return {
    atEffect() {
      if (isOver || atEffects.length === 0) return undefined;
      let draw = random.fraction();
      for (const fault of atEffects) {
        draw -= profile.chances[fault] ?? 0;
        if (draw >= 0) continue;
        count(fault);
        return fault;
      }
      return undefined;
    },
    hasSkew: profile.chances['clock-skew'] !== undefined,
    happens(fault) {
      const chance = profile.chances[fault];
      if (isOver || chance === undefined || !random.chance(chance)) return false;
      if ((counts.get(fault) ?? 0) >= (AT_MOST[fault] ?? Number.POSITIVE_INFINITY)) return false;
      count(fault);
      return true;
    },
    stop() {
      isOver = true;
    },
    isOver: () => isOver,
    counts: () => counts,
  };
};

/** Exactly one fault at exactly one effect, for enumeration; `seen` collects the names of all effects, `always` happens wherever it can. */
export const createSingleFault = (
  index: number,
  fault: EffectFault,
  { seen, always }: { readonly seen: string[]; readonly always: readonly WorldFault[] },
): FaultPlan => {
  const counts = new Map<Fault, number>();
  let isOver = false;
  return {
    atEffect({ name }) {
      if (isOver) return undefined;
      seen.push(name);
      if (seen.length !== index + 1) return undefined;
      counts.set(fault, 1);
      return fault;
    },
    hasSkew: always.includes('clock-skew'),
    happens: (other) => !isOver && always.includes(other),
    stop() {
      isOver = true;
    },
    // The sweep then runs only where something is due.
    isOver: () => true,
    counts: () => counts,
  };
};
