/** The process that files are driven in: one at a time, so that what it dies of is told apart. */
import { type Driven, drive, readFile } from './drive.ts';

export interface Order {
  readonly folder: string;
  readonly path: string;
  readonly name: string;
  /** An empty folder that is this process's place for temporary files. */
  readonly scratch: string;
}

export type Answer = { readonly driven: Driven } | { readonly error: string };

const send = (answer: Answer): void => {
  // What the store held of this file is not to count with the next one. Twice: what is freed beside the heap is freed later.
  globalThis.gc?.();
  globalThis.gc?.();
  process.send?.(answer);
};

process.on('message', (order: Order) => {
  const { folder, path, name, scratch } = order;
  process.env.TMPDIR = scratch;
  drive(readFile(folder, path), { name, scratch }).then(
    (driven) => send({ driven }),
    (error: unknown) =>
      send({ error: error instanceof Error ? String(error.stack) : String(error) }),
  );
});
process.on('disconnect', () => process.exit());
