/** Log lines as JSON, one per line, written before the call returns: a frozen sandbox loses nothing. */
import { writeSync } from 'node:fs';
import type { Logger } from '../ports/logger.ts';
import { redacted } from './log-redaction.ts';

/** From the least to the most important. */
const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
type Level = (typeof LEVELS)[number];
type Fields = Readonly<Record<string, unknown>>;

export interface JsonLoggerOptions {
  /** What is less important is not written, and costs nothing. */
  readonly level: Level;
  /** Standard output by default. */
  readonly destination?: { write(line: string): void };
  /** Fields of every line. */
  readonly base?: Fields;
}

const STANDARD_OUTPUT = 1;
const READER_IS_BEHIND_MS = 5;
const asleep = new Int32Array(new SharedArrayBuffer(4));

/** A pipe takes what fits; for the rest its reader is waited for. Without one there is nobody to tell. */
const standardOutput = {
  write(line: string): void {
    let rest: Uint8Array = Buffer.from(line);
    while (rest.length > 0) {
      try {
        rest = rest.subarray(writeSync(STANDARD_OUTPUT, rest));
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : undefined;
        if (code === 'EPIPE') return;
        if (code !== 'EAGAIN') throw error;
        Atomics.wait(asleep, 0, 0, READER_IS_BEHIND_MS);
      }
    }
  },
};

export const createJsonLogger = ({
  level,
  destination = standardOutput,
  base = {},
}: JsonLoggerOptions): Logger => {
  const least = LEVELS.indexOf(level);

  /** What a child was given is read when a line is written: most children write none. */
  const loggerWith = (bound: readonly Fields[]): Logger => {
    const at = (own: Level) =>
      LEVELS.indexOf(own) < least
        ? () => undefined
        : (fields: Fields, message: string): void => {
            const parts = [...bound, fields].map((part) => Object(redacted(part)));
            const time = new Date().toISOString();
            const line = Object.assign({ level: own, time }, base, ...parts, { message });
            destination.write(`${JSON.stringify(line)}\n`);
          };
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: (fields) => loggerWith([...bound, fields]),
    };
  };
  return loggerWith([]);
};
