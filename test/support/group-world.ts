/** A memory world in which several files are announced as one group. */
import { createCreateGroup } from '../../shared/usecases/create-group.ts';
import { createReadGroup } from '../../shared/usecases/read-group.ts';
import { createMemoryWorld, drain, PRINCIPAL, type WorldOptions } from './memory-world.ts';

export const HELLO = new TextEncoder().encode('hello world');

export const fileOf = (name: string) => ({
  declared: { name, size: HELLO.length, type: 'text/plain' },
});

export const createGroupWorld = (options: WorldOptions = {}) => {
  const world = createMemoryWorld(options);
  const createGroup = createCreateGroup(world.deps);
  const readGroup = createReadGroup(world.deps);
  const create = (count = 3, change: Partial<Parameters<typeof createGroup>[0]> = {}) =>
    createGroup({
      principal: PRINCIPAL,
      files: Array.from({ length: count }, (_, index) => fileOf(`file ${index}.txt`)),
      requestId: 'request-1',
      ...change,
    });
  type Created = Awaited<ReturnType<typeof create>>;
  return {
    ...world,
    create,
    readGroup,
    read: (id: string, seenRev?: number) => readGroup(PRINCIPAL, id, seenRev),
    /** Sends the files of these members, or of all. */
    submit: ({ uploads }: Created, ...indexes: readonly number[]): void => {
      const chosen = indexes.length === 0 ? uploads : indexes.map((index) => uploads[index]!);
      for (const { post } of chosen) world.memory.objects.submit(post!, HELLO);
    },
    /** What was told of groups. */
    told: () =>
      (world.bodies('notifications') as { kind: string; id: string }[]).filter(
        ({ kind }) => kind === 'group.ended',
      ),
    async sweepFor(minutes: number) {
      for (let minute = 0; minute < minutes; minute += 1) {
        world.clock.tick(60_000);
        const { signal } = new AbortController();
        await world.sweep({ requestId: 'sweep-1', attempt: 1, signal, logger: world.logs });
        await drain(world);
      }
    },
  };
};

export type GroupWorld = ReturnType<typeof createGroupWorld>;
