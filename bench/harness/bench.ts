/** What a bench is, and what it answers: rows that hold ours against a peer's, measured in one run. */

/** `more`: the higher figure wins (MB/s). `less`: the lower one does (KB, commands). */
export type Better = 'more' | 'less';

export interface Row {
  readonly bench: string;
  /** What was measured, in words. */
  readonly case: string;
  readonly unit: string;
  readonly better: Better;
  readonly ours: number;
  readonly peerName: string | null;
  readonly peer: number | null;
  /** How many times better than the peer we are, whichever way the figure counts; null without a peer. */
  readonly ratio: number | null;
  /** What we aim for, of the ratio or of our own figure; null where the row only informs. */
  readonly target: Target | null;
}

export interface Target {
  readonly of: 'ratio' | 'ours';
  readonly value: number;
}

export interface Measured {
  readonly case: string;
  readonly unit: string;
  readonly better: Better;
  readonly ours: number;
  readonly peer?: { readonly name: string; readonly value: number } | undefined;
  readonly target?: Target | undefined;
}

export interface Bench {
  readonly name: string;
  /** One sentence: what is done, how often, by whom. */
  readonly about: string;
  /** Runs in a process of its own. Rows come in a fixed order. */
  readonly run: () => Promise<readonly Measured[]>;
}

const ratioOf = (better: Better, ours: number, peer: number): number =>
  better === 'more' ? ours / peer : peer / ours;

export const rowOf = (bench: string, measured: Measured): Row => {
  const { peer, target = null, better, ours } = measured;
  return {
    bench,
    case: measured.case,
    unit: measured.unit,
    better,
    ours,
    peerName: peer?.name ?? null,
    peer: peer?.value ?? null,
    ratio: peer === undefined ? null : ratioOf(better, ours, peer.value),
    target,
  };
};

/** Undefined where nothing is aimed for, or where the figure that is aimed at is missing. */
export const isMet = ({ target, ratio, ours, better }: Row): boolean | undefined => {
  if (target === null) return undefined;
  if (target.of === 'ratio') return ratio === null ? undefined : ratio >= target.value;
  return better === 'more' ? ours >= target.value : ours <= target.value;
};
