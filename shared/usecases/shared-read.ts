/**
 * One GET for many steps. Every reader gets its own stream of the same bytes; a chunk goes out only when
 * all of them took the last one, so the slowest sets the pace and nothing piles up in memory.
 */
import { PassThrough, type Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';

export interface SharedRead {
  /** A stream of the whole object. The GET starts when every expected reader has opened or left. */
  open(reader: string): Promise<Readable>;
  /** The whole object in one piece, which all readers that ask for it share: nobody may write to it. */
  whole(reader: string, size: number): Promise<Buffer>;
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

/** How long chunks may be taken before timers and sockets, and so the abort signal, get their turn. */
const TURN_MS = 20;

/** Fills one piece as the bytes come: chunks that are joined at the end take the memory of the object twice. */
const gather = async (stream: Readable, size: number): Promise<Buffer> => {
  let whole = Buffer.allocUnsafeSlow(size);
  let filled = 0;
  let turnStarted = performance.now();
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    if (filled + chunk.length > whole.length) whole = Buffer.concat([whole], filled + chunk.length);
    whole.set(chunk, filled);
    filled += chunk.length;
    if (performance.now() - turnStarted < TURN_MS) continue;
    await setImmediate();
    turnStarted = performance.now();
  }
  return whole.subarray(0, filled);
};

/** The outlet of those who share one piece: it is none of theirs, so each of them may leave. */
const PIECE = Symbol('piece');

/**
 * @param readers names of all who may open; each opens once, a second `open` of the same reader gets its own GET.
 * @param openSource starts the GET; its error is what every reader's `open` rejects with.
 */
export const createSharedRead = (
  readers: readonly string[],
  openSource: () => Promise<Readable>,
): SharedRead => {
  const awaited = new Set(readers);
  const outlets = new Map<string | typeof PIECE, PassThrough>();
  const sharers = new Set<string>();
  let piece: Promise<Buffer> | undefined;
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

  const openAs = async (reader: string, name: string | typeof PIECE): Promise<Readable> => {
    const outlet = new PassThrough();
    // A reader that has not attached yet still meets the error: reading a destroyed stream rejects with it.
    outlet.on('error', () => undefined);
    outlets.set(name, outlet);
    settle(reader);
    started ??= start();
    await started;
    return outlet;
  };

  return {
    open: async (reader) => (awaited.has(reader) ? openAs(reader, reader) : openSource()),
    async whole(reader, size) {
      if (!awaited.has(reader) && !sharers.has(reader)) return gather(await openSource(), size);
      sharers.add(reader);
      piece ??= openAs(reader, PIECE).then((stream) => gather(stream, size));
      settle(reader);
      return piece;
    },
    leave(reader) {
      settle(reader);
      // Whoever gave up without reading to the end must not hold up the others.
      outlets.get(reader)?.destroy();
      if (sharers.delete(reader) && sharers.size === 0) outlets.get(PIECE)?.destroy();
    },
  };
};
