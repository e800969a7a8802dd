/**
 * Runs a parser that can crash, hang or swell in a process of its own, so that its death fails one step only.
 * The process has no credentials, a cap on its memory, and is killed when the step is told to stop.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { NonRetryableError, type PipelineError, RetryableError } from '../../domain/errors.ts';
import { orStopped, throwIfStopped } from '../reading/stop.ts';
import { programOf } from './program.ts';

export interface IsolateOptions {
  /** The body of `async (request, tell) => reply`, as plain CommonJS: it must survive every bundler as text. */
  readonly work: string;
  /** Resident memory from which on the process ends itself; less by what this process holds of a large request. */
  readonly memoryBytes: number;
}

export interface Asked<Message> {
  readonly signal: AbortSignal;
  /** How long the work may take once it has its request; then the process is killed. */
  readonly seconds?: number | undefined;
  /** How long it may go on without telling anything. */
  readonly quietSeconds?: number | undefined;
  /**
   * What the work tells before it is done, in order; it is answered with what this returns. What this throws ends
   * the process and the call.
   */
  readonly onTold?: (message: Message) => unknown;
}

export interface Isolate<Request, Reply, Message = never> {
  /**
   * One call at a time runs; others wait for their turn. The process stays for the next call.
   * @throws WorkError when the work threw; NonRetryableError `over_budget` when it took too much memory or time,
   * `corrupt` when it crashed; RetryableError `internal` when it cannot run at all; the reason of the stop.
   */
  ask(request: Request, asked: Asked<Message>): Promise<Reply>;
}

/** Bytes of a request that go to the process as they come, so that only one of the two holds them. */
export interface Incoming {
  readonly size: number;
  /** Called when it is the request's turn. What it throws ends the process and the call. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** What the work itself threw, by its message and name. */
export class WorkError extends Error {
  constructor({ name, message }: { readonly name: string; readonly message: string }) {
    super(message);
    this.name = name;
  }
}

type Answer<Reply, Message> =
  | { readonly told: Message }
  | { readonly reply: Reply; readonly isLarge: boolean }
  | { readonly error: { readonly name: string; readonly message: string } };

/** Signals with which an operating system ends a process that did what it must not. */
const CRASHES: ReadonlySet<NodeJS.Signals> = new Set([
  'SIGSEGV',
  'SIGABRT',
  'SIGBUS',
  'SIGILL',
  'SIGFPE',
  'SIGTRAP',
]);

/** V8 ends itself with this one when its heap is full; everything else that aborts looks the same. */
const isHeapFull = (stderr: string): boolean => stderr.includes('heap out of memory');

const deathOf = (code: number | null, signal: NodeJS.Signals | null, stderr: string) => {
  // So the process ends itself, and the kernel whoever takes too much; we do so only after the step was stopped.
  if (signal === 'SIGKILL' || isHeapFull(stderr)) {
    const detail = 'It needs more memory than one file may take.';
    return new NonRetryableError('over_budget', { detail });
  }
  const cause = new Error(`It ended with ${signal ?? code}. ${stderr}`.trim());
  return signal !== null && CRASHES.has(signal)
    ? new NonRetryableError('corrupt', { detail: 'The decoder crashed on it.', cause })
    : new RetryableError('internal', { cause });
};

/** What is left of the last words of a process: enough to tell why it died. */
const LAST_WORDS = 4_000;

interface Running {
  readonly child: ChildProcess;
  lastWords(): string;
}

/** Processes that wait for a next call. One that starts takes their place: a worker has room for one cap, not for all. */
const idle = new Set<Running>();

const endIdle = (): void => {
  for (const { child } of idle) child.kill('SIGKILL');
  idle.clear();
};

/** One that nobody asks for so long ends too: what it holds is missed by a step that works in this process. */
const IDLE_MS = 2_000;
let ending: NodeJS.Timeout | undefined;

const endIdleLater = (): void => {
  clearTimeout(ending);
  ending = setTimeout(endIdle, IDLE_MS).unref();
};

const start = ({ work, memoryBytes }: IsolateOptions): Running => {
  const heapMiB = Math.floor(memoryBytes / 1024 ** 2);
  const child = spawn(
    process.execPath,
    ['--expose-gc', `--max-old-space-size=${heapMiB}`, '-e', programOf(work, memoryBytes)],
    {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
      // What is freed goes back to the system, instead of staying with the thread that had it or for what is like it.
      env: { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '262144' },
    },
  );
  let words = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString('latin1')).slice(-LAST_WORDS);
  });
  return { child, lastWords: () => words };
};

/** Whether the process keeps this one alive: only while somebody waits for its answer. */
const hold = (running: Running, isHeld: boolean): void => {
  const { child } = running;
  const change = isHeld ? 'ref' : 'unref';
  if (isHeld) idle.delete(running);
  else if (child.connected && !child.killed) {
    idle.add(running);
    endIdleLater();
  }
  child[change]();
  child.channel?.[change]();
  // The type hides that a pipe is a socket.
  (child.stderr as { ref?(): void; unref?(): void } | null)?.[change]?.();
};

/** What is sent in one message is copied several times on its way: pieces keep these copies small. */
const PIECE_BYTES = 1024 ** 2;

/** Whether the process could be told. */
type Send = (message: object) => Promise<boolean>;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const bytesOf = (request: unknown): Uint8Array | Incoming | undefined => {
  const { bytes } = isObject(request) ? (request as { readonly bytes?: unknown }) : {};
  if (bytes instanceof Uint8Array) return bytes;
  return isObject(bytes) && 'chunks' in bytes ? (bytes as Incoming) : undefined;
};

function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
}

/** The bytes of a request go ahead of it, piece by piece, each when the one before has gone. */
const sendRequest = async (send: Send, request: unknown): Promise<void> => {
  const bytes = bytesOf(request);
  if (bytes === undefined) {
    await send({ request, held: 0 });
    return;
  }
  const isHere = bytes instanceof Uint8Array;
  const size = isHere ? bytes.length : bytes.size;
  const held = isHere ? size : 0;
  let at = 0;
  for await (const piece of isHere ? piecesOf(bytes) : bytes.chunks()) {
    if (at + piece.length > size) {
      throw new NonRetryableError('corrupt', { detail: 'It is longer than it says.' });
    }
    if (!(await send({ piece, at, of: size }))) return;
    at += piece.length;
  }
  // A pinned object has the length it was pinned with.
  if (at !== size) throw new RetryableError('storage_unavailable');
  await send({ request: { ...(request as object), bytes: undefined }, of: size, held });
};

const late = (seconds: number): PipelineError =>
  new NonRetryableError('over_budget', { detail: `It takes longer than ${seconds} seconds.` });

type Limits = Pick<Asked<never>, 'seconds' | 'quietSeconds'>;

/** Counts from `begin` on, and the quiet anew whenever something is told; after `stop` it counts no more. */
const createTimer = ({ seconds, quietSeconds }: Limits, onLate: (error: unknown) => void) => {
  let [whole, quiet]: (NodeJS.Timeout | undefined)[] = [];
  let isOver = false;
  const after = (limit: number | undefined) =>
    limit === undefined || isOver ? undefined : setTimeout(() => onLate(late(limit)), limit * 1000);
  const heard = (): void => {
    clearTimeout(quiet);
    quiet = after(quietSeconds);
  };
  return {
    begin(): void {
      whole = after(seconds);
      heard();
    },
    heard,
    stop(): void {
      isOver = true;
      clearTimeout(whole);
      clearTimeout(quiet);
    },
  };
};

const call = <Request, Reply, Message>(
  running: Running,
  request: Request,
  { signal, onTold, ...limits }: Asked<Message>,
): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const { child, lastWords } = running;
    const settle = (outcome: () => void): void => {
      timer.stop();
      child.removeAllListeners('message').removeAllListeners('close').removeAllListeners('error');
      signal.removeEventListener('abort', onAbort);
      child.on('error', () => undefined);
      hold(running, false);
      outcome();
    };
    const giveUp = (error: unknown): void => {
      child.kill('SIGKILL');
      settle(() => reject(error));
    };
    const timer = createTimer(limits, giveUp);
    const onAbort = (): void => giveUp(signal.reason);
    const send: Send = (message) =>
      new Promise((sent) => {
        child.send(message, (error) => {
          // A process that dies while it is spoken to tells why when it closes.
          if (error !== null && child.pid === undefined) {
            giveUp(new RetryableError('internal', { cause: error }));
          }
          sent(error === null);
        });
      });
    const tell = async (message: Message): Promise<void> => {
      timer.heard();
      try {
        const heard = await onTold?.(message);
        if (child.connected) void send({ heard });
      } catch (error) {
        giveUp(error);
      }
    };

    hold(running, true);
    signal.addEventListener('abort', onAbort, { once: true });
    child.on('message', (answer: Answer<Reply, Message>) => {
      if ('told' in answer) void tell(answer.told);
      else if ('reply' in answer) {
        // What grew for one file would count against the next one: memory of WebAssembly is never given back.
        if (answer.isLarge) child.kill('SIGKILL');
        settle(() => resolve(answer.reply));
      } else settle(() => reject(new WorkError(answer.error)));
    });
    child.on('close', (code, ended) =>
      settle(() => reject(deathOf(code, ended, lastWords()) satisfies PipelineError)),
    );
    child.on('error', (cause) => giveUp(new RetryableError('internal', { cause })));
    sendRequest(send, request).then(timer.begin, giveUp);
  });

/** Nothing is started before the first call. */
export const createIsolate = <Request, Reply, Message = never>(
  options: IsolateOptions,
): Isolate<Request, Reply, Message> => {
  let running: Running | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  const isAlive = ({ child }: Running): boolean => child.connected && !child.killed;

  const run = (request: Request, asked: Asked<Message>): Promise<Reply> => {
    throwIfStopped(asked.signal);
    if (running === undefined || !isAlive(running)) {
      endIdle();
      running = start(options);
    }
    return call(running, request, asked);
  };

  return {
    ask(request, asked) {
      const answer = turn.then(() => run(request, asked));
      turn = answer.catch(() => undefined);
      return orStopped(answer, asked.signal);
    },
  };
};
