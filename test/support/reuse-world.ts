/** A world that counts what the reuse of outcomes asks for, and files with a declared digest sent to it. */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { StepSucceeded } from '../../shared/domain/plan.ts';
import { sha256Digest } from '../../shared/processors/sha256-digest.ts';
import {
  createMemoryWorld,
  drain,
  type MemoryWorld,
  PRINCIPAL,
  type WorldOptions,
} from './memory-world.ts';
import { processor, type TestProcessor } from './processors.ts';

export const HELLO = 'hello world';
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Writes a file, and can be taken back to an earlier version. */
export const renderer = (overrides: Parameters<typeof processor>[1] = {}): TestProcessor =>
  processor('render', {
    lane: 'heavy',
    isReusable: true,
    needs: ['sha256-digest'],
    async run({ emit, outcomes }) {
      await emit(
        'render.txt',
        Buffer.from(JSON.stringify(outcomes['sha256-digest'])),
        'text/plain',
      );
      return { rendered: true };
    },
    ...overrides,
  });

interface Calls {
  find: number;
  verify: number;
  open: number;
}

export const createReuseWorld = (
  options: WorldOptions & { readonly render?: TestProcessor } = {},
) => {
  const { render = renderer(), ...rest } = options;
  const fresh = processor('fresh');
  const calls: Calls = { find: 0, verify: 0, open: 0 };
  const world = createMemoryWorld({
    ...rest,
    processors: rest.processors ?? [sha256Digest, render, fresh],
    contents: (contents) => ({
      find: async (content) => {
        calls.find += 1;
        return (rest.contents?.(contents).find ?? contents.find)(content);
      },
    }),
    objects: (objects) => ({
      verifiedSha256: async (object) => {
        calls.verify += 1;
        return objects.verifiedSha256(object);
      },
      open: async (...opening) => {
        calls.open += 1;
        return objects.open(...opening);
      },
      ...rest.objects?.(objects),
    }),
  });
  return { ...world, render, fresh, calls };
};

interface Sending {
  readonly principal?: typeof PRINCIPAL | { readonly tenant: string; readonly owner: string };
  readonly text?: string;
  readonly declares?: boolean;
}

/** Announces a file and sends it; its events lie in the queue. */
export const send = async (
  world: Pick<MemoryWorld, 'deps' | 'createUpload' | 'memory'>,
  { principal = PRINCIPAL, text = HELLO, declares = true }: Sending = {},
): Promise<string> => {
  const file = { name: 'hello.txt', size: text.length, type: 'text/plain' };
  const declared = declares ? { ...file, sha256: sha256(text) } : file;
  const { status, post } = await world.createUpload({
    principal,
    declared,
    requestId: 'request-1',
  });
  expect(world.memory.objects.submit(post!, Buffer.from(text))).toBe('stored');
  return status.id;
};

export const sent = async (world: MemoryWorld, sending: Sending = {}): Promise<string> => {
  const id = await send(world, sending);
  await drain(world);
  return id;
};

export const outcomeOf = async (world: MemoryWorld, id: string, step: string) =>
  (await world.memory.store.find(id))?.outcomes[step] as StepSucceeded;

export const bytesOf = (world: MemoryWorld, key: string): string | undefined => {
  const file = world.memory.objects.results().get(key);
  return file && Buffer.from(file.bytes).toString();
};
