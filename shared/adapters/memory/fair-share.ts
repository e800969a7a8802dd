/**
 * Fair queues as SQS documents them for standard queues ("How Amazon SQS fair queues work"): a group that takes a
 * disproportionate part of the consumers is noisy, and as long as a quiet group has a message, that one is served first.
 * Knows no clock; every call is told the time in milliseconds.
 */

/** Noisy by concurrency: more than this part of all messages in flight, and at least so many. */
const NOISY_PART = 0.1;
const NOISY_IN_FLIGHT = 30;
/** Noisy by time: more than the same part of what consumers worked of late. AWS does not say how late; a share is forgotten after this. */
const RECENT_MS = 5 * 60_000;

export interface FairTurn<Message> {
  /** What could be handed out, oldest first. */
  readonly visible: readonly Message[];
  /** What has been handed out and neither deleted nor come back. */
  readonly inFlight: readonly Message[];
  /** Undefined: the message is a group of its own, and never noisy. */
  readonly groupOf: (message: Message) => string | undefined;
  readonly now: number;
}

export interface FairShare {
  /** A message of `group` was worked for so long. */
  worked(group: string | undefined, ms: number, now: number): void;
  /** The visible messages in the order in which they are to be handed out: quiet groups first, then the noisy ones with the fewest in flight. */
  order<Message>(turn: FairTurn<Message>): readonly Message[];
}

type Times = ReadonlyMap<string | undefined, number>;

const sum = (times: Times): number => [...times.values()].reduce((total, ms) => total + ms, 0);

const countsOf = <Message>({ inFlight, groupOf }: FairTurn<Message>): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const message of inFlight) {
    const group = groupOf(message);
    if (group !== undefined) counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  return counts;
};

export const createFairShare = (): FairShare => {
  let since = 0;
  let recent = new Map<string | undefined, number>();
  let before: Times = new Map();

  const roll = (now: number): void => {
    if (now - since < RECENT_MS) return;
    before = now - since < 2 * RECENT_MS ? recent : new Map();
    recent = new Map();
    since = now;
  };

  const timeOf = (group: string): number => (recent.get(group) ?? 0) + (before.get(group) ?? 0);

  return {
    worked(group, ms, now) {
      roll(now);
      // Also what took no time by this clock was a turn of a consumer.
      recent.set(group, (recent.get(group) ?? 0) + Math.max(1, ms));
    },
    order(turn) {
      roll(turn.now);
      const { visible, inFlight, groupOf } = turn;
      const counts = countsOf(turn);
      const worked = sum(recent) + sum(before);
      const isNoisy = (group: string): boolean => {
        const count = counts.get(group) ?? 0;
        const isBusy = count >= NOISY_IN_FLIGHT && count > NOISY_PART * inFlight.length;
        return isBusy || timeOf(group) > NOISY_PART * worked;
      };
      const ranks = new Map<string | undefined, number>([[undefined, 0]]);
      const rankOf = (message: (typeof visible)[number]): number => {
        const group = groupOf(message);
        const known = ranks.get(group);
        if (known !== undefined || group === undefined) return known ?? 0;
        const rank = isNoisy(group) ? 1 + (counts.get(group) ?? 0) : 0;
        ranks.set(group, rank);
        return rank;
      };
      const ranked = visible.map((message) => ({ message, rank: rankOf(message) }));
      const isEven = ranked.every(({ rank }) => rank === ranked[0]?.rank);
      if (isEven) return visible;
      return ranked.sort((one, other) => one.rank - other.rank).map(({ message }) => message);
    },
  };
};
