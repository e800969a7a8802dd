/**
 * One GET for many steps. Every reader gets its own stream of the same bytes; a chunk goes out only when
 * all of them took the last one, so the slowest sets the pace and nothing piles up in memory.
 */
import { PassThrough, type Readable } from 'node:stream';
import { finished } from 'node:stream/promises';

export interface SharedRead {
  /** A stream of the whole object. The GET starts when every expected reader has opened or left. */
  open(reader: string): Promise<Readable>;
  /** This reader will neither open nor read any more: its stream, if it has one, is destroyed. Idempotent. */
  leave(reader: string): void;
}

const isDone = (stream: PassThrough): boolean => stream.destroyed || stream.writableEnded;

/** Resolves when the stream can take more, or will never take anything again. */
const drained = (stream: PassThrough): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done);
      stream.off('close', done);
      resolve();
    };
    stream.on('drain', done);
    stream.on('close', done);
  });

const pump = async (source: Readable, outlets: readonly PassThrough[]): Promise<void> => {
  try {
    for await (const chunk of source) {
      const live = outlets.filter((outlet) => !isDone(outlet));
      if (live.length === 0) break;
      const full = live.filter((outlet) => !outlet.write(chunk));
      await Promise.all(full.map((outlet) => (isDone(outlet) ? undefined : drained(outlet))));
    }
    for (const outlet of outlets) if (!isDone(outlet)) outlet.end();
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(String(error));
    for (const outlet of outlets) outlet.destroy(cause);
  }
};

/**
 * @param readers names of all who may open; each opens once, a second `open` of the same reader gets its own GET.
 * @param openSource starts the GET; its error is what every reader's `open` rejects with.
 */
export const createSharedRead = (
  readers: readonly string[],
  openSource: () => Promise<Readable>,
): SharedRead => {
  const awaited = new Set(readers);
  const outlets = new Map<string, PassThrough>();
  let started: Promise<void> | undefined;
  let begin: () => void = () => undefined;
  const allHere = new Promise<void>((resolve) => {
    begin = resolve;
  });

  const settle = (reader: string): void => {
    awaited.delete(reader);
    if (awaited.size === 0) begin();
  };

  const start = async (): Promise<void> => {
    await allHere;
    const source = await openSource();
    const all = [...outlets.values()];
    // When the last reader lets go early, so does the GET.
    void Promise.allSettled(all.map((outlet) => finished(outlet))).then(() => source.destroy());
    void pump(source, all);
  };

  return {
    async open(reader) {
      if (!awaited.has(reader)) return openSource();
      const outlet = new PassThrough();
      // A reader that has not attached yet still meets the error: reading a destroyed stream rejects with it.
      outlet.on('error', () => undefined);
      outlets.set(reader, outlet);
      settle(reader);
      started ??= start();
      await started;
      return outlet;
    },
    leave(reader) {
      settle(reader);
      // Whoever gave up without reading to the end must not hold up the others.
      outlets.get(reader)?.destroy();
    },
  };
};
