/** The program around isolated work: answers calls, watches its own memory, and ends with who started it. */

/** Often enough that a decoder at full speed overshoots by some twenty megabytes at most. */
const WATCH_MS = 5;

const WASM_PAGE = 65_536;

/** A process that holds more than this share of its cap after a call is not kept for the next. */
const LARGE = 0.5;

/**
 * V8 lets go of buffers beside its heap when it likes: from Node 24 on that is after 60 MiB. So garbage is collected each time
 * that so much more is held, and the cap is for what is in use, on every version.
 */
const COLLECT_BYTES = 16 * 1024 ** 2;

/**
 * CommonJS for `node -e`. Native decoders work on other threads, so the timer here goes on watching them;
 * work that blocks this thread calls `watchMemory` itself, or is bounded by the heap limit it is started with, and WebAssembly, whose memory is not
 * on that heap, where it asks for more.
 * @param work the body of `async (request, tell) => reply`
 */
export const programOf = (work: string, memoryBytes: number): string => `
'use strict';
const work = async (request, tell) => {${work}
};
const send = (message) => new Promise((resolve) => process.send(message, resolve));
let hear = () => undefined;
const tell = async (told) => {
  const heard = new Promise((resolve) => { hear = resolve; });
  await send({ told });
  return heard;
};
// Not an exit: that waits for the threads of native decoders, which go on taking memory until they are done.
const endAtOnce = () => process.kill(process.pid, 'SIGKILL');
let cap = ${memoryBytes};
let collectAt = 0;
const idle = process.memoryUsage.rss();
// For work that is about to take so much in one go.
const makeRoom = (bytes, held = 0) => {
  if (Math.max(process.memoryUsage.rss(), held) + bytes > cap) endAtOnce();
};
const { grow } = WebAssembly.Memory.prototype;
WebAssembly.Memory.prototype.grow = function (pages) {
  // What it asked for before counts, whether or not it was written to yet.
  makeRoom(pages * ${WASM_PAGE}, idle + this.buffer.byteLength);
  return grow.call(this, pages);
};
// The second one waits for what the first only began to free.
const collect = () => {
  gc();
  gc({ type: 'minor' });
};
const watchMemory = () => {
  if (process.memoryUsage.rss() > collectAt) {
    collect();
    collectAt = process.memoryUsage.rss() + ${COLLECT_BYTES};
  }
  if (process.memoryUsage.rss() > cap) endAtOnce();
};
const answer = async (request) => {
  const watch = setInterval(watchMemory, ${WATCH_MS});
  try {
    const reply = await work(request, tell);
    await send({ reply, isLarge: process.memoryUsage.rss() > ${memoryBytes * LARGE} });
  } catch (error) {
    await send({ error: { name: String(error?.name), message: String(error?.message ?? error) } });
  } finally {
    clearInterval(watch);
  }
};
process.on('disconnect', () => process.exit());
let whole = new Uint8Array(0);
let received = 0;
const hold = ({ piece, at, of }) => {
  if (at === 0) whole = new Uint8Array(of);
  whole.set(piece, at);
  received += piece.length;
  // On its way here a piece is copied three times.
  if (received < ${COLLECT_BYTES / 4}) return;
  collect();
  received = 0;
};
const begin = ({ request, of, held }) => {
  // Bytes that both processes hold count twice.
  cap = ${memoryBytes} - held;
  collectAt = process.memoryUsage.rss() + ${COLLECT_BYTES};
  const bytes = of === 0 ? new Uint8Array(0) : whole;
  whole = undefined;
  return answer(of === undefined ? request : { ...request, bytes });
};
process.on('message', (message) => {
  if ('piece' in message) hold(message);
  else if ('request' in message) begin(message);
  else hear(message.heard);
});
try {
  // Where memory is short, the kernel is to take this process and not its parent. Only Linux has this file.
  require('node:fs').writeFileSync('/proc/self/oom_score_adj', '1000');
} catch {}
`;
