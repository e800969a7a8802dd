/** The stack of one run and what every test of the front door does with it: nothing of the inside is imported. */
import { expect } from 'vitest';
import { type Stack, startStack } from '../../../local/stack.ts';
import { deviations, deviationsFromNotFound, operations } from '../../support/openapi.ts';

/** For one story, however busy the machine is. */
export const STORY_MS = 60_000;

let running: Stack | undefined;

export const openStack = async (): Promise<void> => {
  running = await startStack({ logLevel: 'warn' });
};

export const closeStack = async (): Promise<void> => {
  await running?.close();
};

/** Only inside a test: before that there is none. */
export const stack = (): Stack => {
  if (running === undefined) throw new Error('The stack has not started.');
  return running;
};

interface Call extends Omit<RequestInit, 'body'> {
  readonly token?: string;
  readonly body?: unknown;
}

/** The name in the document of a route that takes this request. */
const routeKeyOf = (method: string, path: string): string | undefined => {
  const { pathname } = new URL(path, stack().httpUrl);
  return [...operations.keys()].find((key) => {
    const pattern = key.split(' ')[1]?.replace(/\{\w+\}/g, '[^/]+');
    return key.startsWith(`${method} `) && new RegExp(`^${pattern}$`).test(pathname);
  });
};

/** Whatever a story is about: an answer that the OpenAPI document does not know is a mistake. */
const assertDocumented = (
  method: string,
  path: string,
  { answer, text }: { readonly answer: Response; readonly text: string },
): void => {
  const routeKey = routeKeyOf(method, path);
  const headers = Object.fromEntries(answer.headers);
  const judged = { status: answer.status, headers, body: text };
  expect(
    routeKey === undefined ? deviationsFromNotFound(judged) : deviations(routeKey, judged),
  ).toEqual([]);
};

export const call = async (
  method: string,
  path: string,
  { token, body, headers, ...init }: Call = {},
) => {
  const answer = await fetch(`${stack().httpUrl}${path}`, {
    ...init,
    method,
    redirect: 'manual',
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  assertDocumented(method, path, { answer, text });
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    // What it is, each test says by what it asks of it.
    json: (text === '' ? undefined : JSON.parse(text)) as never,
  };
};

export interface Started {
  readonly token: string;
  readonly tenant: string;
  readonly user: string;
}

export interface Created {
  readonly upload: { readonly id: string; readonly state: string; readonly rev: number };
  readonly post?: { readonly url: string; readonly fields: Readonly<Record<string, string>> };
}

export const operate = async (name: string, event: object): Promise<never> => {
  const path = `/2015-03-31/functions/sluice-dev-${name}/invocations`;
  const answer = await fetch(`${stack().lambdaUrl}${path}`, {
    method: 'POST',
    body: JSON.stringify(event),
  });
  return (await answer.json()) as never;
};

export const apiKeyOf = async (tenant: string): Promise<{ apiKey: string; keyId: string }> =>
  operate('api-keys', { action: 'make', tenant });

export const sessionOf = async (apiKey: string, user: string): Promise<Started> =>
  (await call('POST', '/sessions', { token: apiKey, body: { user } })).json;

export const anonymous = async (): Promise<Started> => (await call('POST', '/sessions')).json;

export const TEXT = 'one\ntwo\n';

export const announce = async (token: string, body: object = {}): Promise<Created> => {
  const declared = { name: 'a.txt', size: TEXT.length, type: 'text/plain', ...body };
  return (await call('POST', '/uploads', { token, body: declared })).json;
};

export const post = async (
  { post: form }: Created,
  bytes: string | Uint8Array<ArrayBuffer> = TEXT,
): Promise<number> => {
  const body = new FormData();
  for (const [name, value] of Object.entries(form?.fields ?? {})) body.append(name, value);
  body.append('file', new Blob([bytes]), 'a.txt');
  return (await fetch(form?.url ?? '', { method: 'POST', body })).status;
};

export const until = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
  const giveUpAt = Date.now() + STORY_MS - 5_000;
  while (Date.now() < giveUpAt) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await new Promise((wake) => setTimeout(wake, 200));
  }
  throw new Error('It did not come about.');
};

export interface Status {
  readonly id: string;
  readonly state: string;
  readonly rev: number;
  readonly steps: readonly { readonly files: readonly { readonly href: string }[] }[];
}

export const ended = (token: string, id: string): Promise<Status> =>
  until(async () => {
    const status: Status = (await call('GET', `/uploads/${id}`, { token })).json;
    return ['awaiting_upload', 'processing'].includes(status.state) ? undefined : status;
  });
