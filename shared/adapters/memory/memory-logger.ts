/** Collects log lines as they would be written: through the real logger, into memory. */
import type { Logger } from '../../ports/logger.ts';
import { createJsonLogger, type JsonLoggerOptions } from '../json-logger.ts';

interface LogLine {
  readonly level: string;
  readonly time: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

export interface MemoryLogger extends Logger {
  /** Parsed, in order. */
  lines(): readonly LogLine[];
  /** Exactly what was written, to look for what must not be there. */
  text(): string;
}

export const createMemoryLogger = (level: JsonLoggerOptions['level'] = 'debug'): MemoryLogger => {
  const written: string[] = [];
  const destination = { write: (line: string): void => void written.push(line) };
  return {
    ...createJsonLogger({ level, destination }),
    lines: () => written.map((line): LogLine => JSON.parse(line)),
    text: () => written.join(''),
  };
};
