/**
 * A handler that crashes ends its own invocation, as on Lambda, and not all of `serverless offline`.
 * serverless-offline runs each handler in a worker thread and listens neither to the thread's error nor to its end:
 * the first would end the process, the second leave the caller waiting for the function's whole timeout.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';

const threads = createRequire(import.meta.url)('node:worker_threads');
const handlerThread = /worker-thread-runner[\\/]workerThreadHelper\.js$/;

/** Call before serverless-offline is loaded. `report` gets one line for whatever escaped a handler. */
export const containHandlerCrashes = (report) => {
  const { Worker } = threads;
  threads.Worker = function ContainedWorker(file, options) {
    return handlerThread.test(String(file))
      ? containedThread(() => new Worker(file, options))
      : new Worker(file, options);
  };
  syncBuiltinESMExports();
  // Who reads these may be gone. That nobody reads it is told to nobody either: each complaint would be one more.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.removeAllListeners(event);
    process.on(event, (error) => report(`serverless offline: ${error?.stack ?? error}`));
  }
};

/** Stands in for a worker thread: a dead one answers its invocations with an error, and the next one gets a new thread. */
const containedThread = (start) => {
  let thread;
  let open = new Set();

  const fail = (reason) => {
    const failed = open;
    open = new Set();
    thread = undefined;
    for (const { reply, relay } of failed) {
      relay.close();
      reply.postMessage(new Error(reason));
      reply.close();
    }
  };

  const startThread = () => {
    const started = start();
    let reason = 'the handler ended its process';
    started.on('error', (error) => {
      reason = `the handler crashed: ${error?.message ?? error}`;
    });
    started.on('exit', () => {
      if (thread === started) fail(reason);
    });
    return started;
  };

  return {
    postMessage: ({ event, context, port: reply }) => {
      thread ??= startThread();
      const { port1: relay, port2: port } = new threads.MessageChannel();
      const invocation = { reply, relay };
      open.add(invocation);
      relay.on('message', (value) => {
        open.delete(invocation);
        relay.close();
        reply.postMessage(value);
        reply.close();
      });
      thread.postMessage({ event, context, port }, [port]);
    },
    terminate: async () => {
      const stopped = thread;
      fail('the handler was stopped');
      return stopped?.terminate();
    },
  };
};
