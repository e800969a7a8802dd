/** Where a command's answers go: words or JSON to stdout, progress and troubles to stderr. */
import { ApiError } from '../client/errors.ts';
import { plain } from './terminal.ts';

export interface Output {
  readonly isJson: boolean;
  /** One answer: as it is for `--json`, else its lines. */
  answer(value: object, lines: readonly string[]): void;
  /** Something went wrong: a sentence, and with `--json` its code. */
  trouble(error: unknown, about?: object): void;
  /** A remark for people only. */
  remark(line: string): void;
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

const told = (error: unknown) => ({
  message: messageOf(error),
  ...(error instanceof ApiError
    ? { status: error.status, code: error.code, requestId: error.requestId }
    : {}),
});

const print = (text: string) => void process.stdout.write(`${text}\n`);
const complain = (text: string) => void process.stderr.write(`${text}\n`);

export const createOutput = (isJson: boolean): Output => ({
  isJson,
  answer(value, lines) {
    if (isJson) print(JSON.stringify(value));
    else for (const line of lines) print(line);
  },
  trouble(error, about = {}) {
    if (isJson) complain(JSON.stringify({ ...about, error: told(error) }));
    else complain(plain(messageOf(error)));
  },
  remark(line) {
    if (!isJson) complain(line);
  },
});
