/** Keeps the queues of a local SQS in a file between two runs (`--keep`). */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Message } from './message.ts';
import { addMessage } from './message-store.ts';
import type { QueueAttributes } from './queue-attributes.ts';
import { placeQueue, type Registry } from './registry.ts';

/** Raised whenever the shape below changes; an older file is then refused, not guessed at. */
const snapshotVersion = 1;

type Snapshot = {
  readonly version: number;
  readonly queues: readonly {
    readonly name: string;
    readonly createdAt: number;
    readonly attributes: QueueAttributes;
    readonly tags: Readonly<Record<string, string>>;
    readonly messages: readonly Message[];
  }[];
};

const fileIn = (dir: string) => join(dir, 'sqs.json');

/** Writes beside the old file and renames, so that a crash leaves one whole file. */
export const saveSnapshot = async (registry: Registry, dir: string): Promise<void> => {
  const queues = [...registry.queues.values()].map(
    ({ name, createdAt, attributes, tags, store }) => ({
      name,
      createdAt,
      attributes,
      tags,
      messages: [...store.byId.values()],
    }),
  );
  const snapshot: Snapshot = { version: snapshotVersion, queues };
  await mkdir(dir, { recursive: true });
  await writeFile(`${fileIn(dir)}.new`, JSON.stringify(snapshot));
  await rename(`${fileIn(dir)}.new`, fileIn(dir));
};

/** Brings back what `saveSnapshot` wrote; does nothing where there is no file. */
export const loadSnapshot = async (registry: Registry, dir: string): Promise<void> => {
  const text = await readFile(fileIn(dir), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return;

  const snapshot = JSON.parse(text) as Snapshot;
  if (snapshot.version !== snapshotVersion) {
    throw new Error(`${fileIn(dir)} was written by another version of Sluice: delete it.`);
  }
  for (const { messages, ...queue } of snapshot.queues) {
    const placed = placeQueue(registry, queue);
    for (const message of messages) addMessage(placed.store, message);
  }
};
