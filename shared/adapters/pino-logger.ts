/** Log lines as JSON, one per line, written before the call returns: a frozen sandbox loses nothing. */
import {
  type DestinationStream,
  destination as fileDestination,
  type Logger as Pino,
  pino,
} from 'pino';
import type { Logger } from '../ports/logger.ts';
import { redacted } from './log-redaction.ts';

export interface PinoLoggerOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** Standard output by default. */
  readonly destination?: DestinationStream;
  /** Fields of every line. */
  readonly base?: Readonly<Record<string, unknown>>;
}

type Fields = Readonly<Record<string, unknown>>;

/** The redaction makes a plain object of plain objects; its type cannot say so. */
const cleaned = (fields: Fields): Record<string, unknown> => ({ ...Object(redacted(fields)) });

const wrap = (logger: Pino): Logger => ({
  debug: (fields, message) => logger.debug(fields, message),
  info: (fields, message) => logger.info(fields, message),
  warn: (fields, message) => logger.warn(fields, message),
  error: (fields, message) => logger.error(fields, message),
  // Bindings do not pass the formatter of lines.
  child: (fields) => wrap(logger.child(cleaned(fields))),
});

export const createPinoLogger = ({
  level,
  destination = fileDestination({ dest: 1, sync: true }),
  base = {},
}: PinoLoggerOptions): Logger => {
  const options = {
    level,
    base,
    // A word, as every log viewer expects it, in place of pino's number.
    formatters: { level: (label: string) => ({ level: label }), log: cleaned },
    timestamp: pino.stdTimeFunctions.isoTime,
    messageKey: 'message',
    // The formatter has made errors plain already; pino's own serializer would print all their fields.
    serializers: { err: (error: unknown) => error },
  };
  return wrap(pino(options, destination));
};
