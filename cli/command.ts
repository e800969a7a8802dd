/** What every command gets. */
import type { Connection } from './connection.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Output } from './output.ts';

export interface Flags {
  readonly watch: boolean;
  readonly resume: string | undefined;
  readonly type: string | undefined;
  readonly unpack: boolean;
  readonly group: boolean;
  readonly download: string | undefined;
  readonly origin: string | undefined;
}

export interface Call {
  readonly connection: Connection;
  readonly output: Output;
  /** What stands behind the command: ids or files, as many as it takes. */
  readonly operands: readonly string[];
  readonly flags: Flags;
  /** Aborts when the command is interrupted. */
  readonly signal: AbortSignal;
}

/** Rejects with an ApiError, a TransferError or a UsageError; whatever else is thrown is a mistake of the command. */
export type Command = (call: Call) => Promise<ExitCode>;
