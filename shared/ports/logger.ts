/** Structured log lines. A constant message and fields; never contents, tokens or signed addresses. */
export interface Logger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
  /** A logger whose every line carries `fields` too. */
  child(fields: Readonly<Record<string, unknown>>): Logger;
}
