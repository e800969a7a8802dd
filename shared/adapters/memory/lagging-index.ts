/** Rows as an index of DynamoDB sees them: it takes the changes of a row in their order, some time after they happened. */
import type { Clock } from '../../ports/clock.ts';

export interface IndexLag {
  readonly clock: Clock;
  /** How far the index is behind its rows, asked at each look: two queries may find it at two moments. */
  readonly ms: () => number;
}

/** A row as the index may still see it, from its moment on. */
interface Seen<Row> {
  readonly at: number;
  /** Undefined once it was taken away. */
  readonly row: Row | undefined;
}

export interface LaggingIndex<Row> {
  /** Told after every change of a row. */
  change(key: string): void;
  /** In the order in which their keys came up. */
  rows(): readonly Row[];
}

/** Over the rows of a store; with no `lag` it is never behind. */
export const createLaggingIndex = <Row>(
  current: ReadonlyMap<string, Row>,
  lag: IndexLag | undefined,
): LaggingIndex<Row> => {
  const history = new Map<string, Seen<Row>[]>();
  return {
    change(key) {
      if (lag === undefined) return;
      const row = current.get(key);
      const seen = history.get(key) ?? [];
      if (seen.at(-1)?.row === row) return;
      seen.push({ at: lag.clock.now(), row });
      history.set(key, seen);
    },
    rows() {
      const ms = lag?.ms() ?? 0;
      if (lag === undefined || ms === 0) return [...current.values()];
      const moment = lag.clock.now() - ms;
      return [...history.values()].flatMap((seen) => {
        const row = seen.findLast(({ at }) => at <= moment)?.row;
        return row === undefined ? [] : [row];
      });
    },
  };
};
