/** A command in this process: the real client over a scripted `fetch`, and what it prints kept. */
import type { Call, Flags } from '../../../cli/command.ts';
import { createSluice } from '../../../client/sluice.ts';
import { API } from '../client/wire.ts';

const NO_FLAGS: Flags = {
  watch: false,
  resume: undefined,
  type: undefined,
  unpack: false,
  group: false,
  download: undefined,
  origin: undefined,
};

export interface CallOptions {
  readonly flags?: Partial<Flags>;
  readonly isJson?: boolean;
  readonly followUrl?: string;
}

export const callOf = (
  operands: readonly string[],
  { flags = {}, isJson = false, followUrl }: CallOptions = {},
) => {
  const answers: object[] = [];
  const lines: string[] = [];
  const troubles: unknown[] = [];
  const call: Call = {
    operands,
    flags: { ...NO_FLAGS, ...flags },
    signal: new AbortController().signal,
    connection: {
      url: API,
      foundIn: 'SLUICE_URL',
      followUrl,
      speaksFor: 'the session in SLUICE_TOKEN',
      sluice: createSluice({ url: API, followUrl, session: 'token' }),
    },
    output: {
      isJson,
      answer: (value, said) => {
        answers.push(value);
        lines.push(...said);
      },
      trouble: (error) => void troubles.push(error),
      remark: (line) => void lines.push(line),
    },
  };
  return { call, answers, lines, troubles };
};
