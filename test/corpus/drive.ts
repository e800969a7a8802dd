/** Sends one file through the real handlers and every real processor, over stores in memory, to its end. */
import { readdirSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { detectType } from '../../shared/detection/detect-type.ts';
import type { StepOutcome } from '../../shared/domain/plan.ts';
import type { UploadOptions } from '../../shared/domain/upload-options.ts';
import { processors } from '../../shared/processors/registry.ts';
import { invocation } from '../support/envelopes.ts';
import { createMemoryWorld, drainFor } from '../support/memory-world.ts';

const GiB = 1024 ** 3;
const MINUTE_MS = 60_000;
/** What a worker of either lane has for a batch in production: a slow machine must not look like a slow step. */
const WORKER_MS = 900_000;
const TICK_MS = 50;

export interface Driven {
  /** Of the upload; terminal when all went well. */
  readonly state: string;
  readonly type: string | null;
  readonly outcomes: Readonly<Record<string, StepOutcome>>;
  /** Text of derived files, by step and name, cut where it is long. */
  readonly texts: Readonly<Record<string, string>>;
  /** Uploads that were made of what is in it. */
  readonly children: readonly {
    readonly name: string;
    readonly state: string;
    readonly type: string | null;
  }[];
  /** Payloads that a derived file or an outcome must not hold. */
  readonly leaks: readonly string[];
  /** Connections that were tried, and files that were left behind. */
  readonly escapes: readonly string[];
}

const TEXT_LENGTH = 2_000_000;
const IMAGE = /^image\//;

/** The first account of this machine: what a file that reads it would show. */
const secretOf = (): string | undefined => {
  try {
    return readFileSync('/etc/passwd', 'latin1').split('\n')[0];
  } catch {
    return undefined;
  }
};

const leaksIn = (what: string, bytes: Uint8Array, isImage: boolean): readonly string[] => {
  const text = Buffer.from(bytes).toString('latin1');
  const secret = secretOf();
  const found: string[] = [];
  if (secret !== undefined && text.includes(secret)) found.push(`${what} holds /etc/passwd`);
  if (isImage && /<\?php|<script/i.test(text)) found.push(`${what} holds code`);
  return found;
};

/** Counts connections of this process; what runs in others has none of its secrets to send. */
const watchNetwork = (): (() => readonly string[]) => {
  const tried: string[] = [];
  const connect = Socket.prototype.connect;
  Socket.prototype.connect = function refuse(this: Socket, ...target: unknown[]) {
    tried.push(`connection to ${JSON.stringify(target[0])}`);
    return this.destroy(new Error('There is no network here.'));
  } as typeof connect;
  return () => tried.splice(0);
};

const connections = watchNetwork();

/** Lets the clock of the pipeline run as the one on the wall, so that its limits of time hold. */
const runClock = (world: ReturnType<typeof createMemoryWorld>): (() => void) => {
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    world.clock.tick(Math.round(now - last));
    last = now;
  }, TICK_MS);
  return () => clearInterval(timer);
};

export interface Driving {
  readonly name: string;
  /** An empty folder that nothing may be written to. */
  readonly scratch: string;
  readonly options?: UploadOptions | undefined;
}

export const drive = async (
  bytes: Buffer,
  { name, scratch, options }: Driving,
): Promise<Driven> => {
  const world = createMemoryWorld({ processors, detectType, maxObjectBytes: 5 * GiB });
  const stop = runClock(world);
  const { id, submit } = await world.announce(bytes, name, options);
  submit();
  try {
    await drainFor(world, MINUTE_MS, invocation({ getRemainingTimeInMillis: () => WORKER_MS }));
  } finally {
    stop();
  }
  const upload = await world.store.find(id);
  const children = world.store.uploads().filter((row) => row.id !== id);
  const outcomes = upload !== undefined && 'outcomes' in upload ? upload.outcomes : {};
  const texts: Record<string, string> = {};
  const leaks = [...leaksIn('an outcome', Buffer.from(JSON.stringify(outcomes)), false)];
  for (const [key, { bytes: derived, contentType }] of world.objects.results()) {
    const short = key.split('/').slice(-2).join('/');
    leaks.push(...leaksIn(short, derived, IMAGE.test(contentType)));
    if (/^text\//.test(contentType)) {
      texts[short] = Buffer.from(derived).toString().slice(0, TEXT_LENGTH);
    }
  }
  return {
    state: upload?.state ?? 'lost',
    type: upload !== undefined && 'type' in upload ? String(upload.type) : null,
    outcomes,
    texts,
    children: children.map(({ declared, state, type: found }) => {
      return { name: declared?.name ?? '', state, type: found ?? null };
    }),
    leaks,
    escapes: [...connections(), ...readdirSync(scratch).map((left) => `left ${left} behind`)],
  };
};

export const readFile = (folder: string, path: string): Buffer => readFileSync(join(folder, path));
