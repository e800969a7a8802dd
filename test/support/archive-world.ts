/** A memory world in which a zip is announced with the option `unpack`, over the real step that makes children. */
import { childrenIdOf } from '../../shared/domain/children.ts';
import type { Upload } from '../../shared/domain/upload.ts';
import { archiveEntries } from '../../shared/processors/archive-entries.ts';
import { createListChildren } from '../../shared/usecases/list-children.ts';
import { type ZipEntry, zipOf } from './archives.ts';
import { createMemoryWorld, drain, PRINCIPAL, type WorldOptions } from './memory-world.ts';
import { processor } from './processors.ts';

export const ENTRIES: readonly ZipEntry[] = [
  { name: 'one.txt', body: 'first' },
  { name: 'letters/two.txt', body: 'second '.repeat(100), deflated: true },
  { name: 'three.txt' },
];

/** By its first bytes alone, which is enough to tell a zip from what is in it. */
const detectType: WorldOptions['detectType'] = async (head) => ({
  type: Buffer.from(head.subarray(0, 2)).toString() === 'PK' ? 'application/zip' : 'text/plain',
});

export const createArchiveWorld = (options: WorldOptions = {}) => {
  const world = createMemoryWorld({
    detectType,
    processors: [archiveEntries, processor('one')],
    ...options,
  });
  const listChildren = createListChildren(world.deps);
  const { memory } = world;
  const rowOf = async (id: string): Promise<Upload> => {
    const upload = await memory.store.find(id);
    if (upload === undefined) throw new Error(`There is no ${id}.`);
    return upload;
  };
  return {
    ...world,
    rowOf,
    listChildren,
    list: (
      id: string,
      page: { readonly limit: number; readonly cursor?: string | undefined } = { limit: 100 },
    ) => listChildren(PRINCIPAL, id, page),
    /** Announces and sends a zip of these entries; nothing has been worked yet. */
    async send(entries: readonly ZipEntry[] = ENTRIES, more = {}) {
      const upload = await world.announce(zipOf(entries), 'letters.zip', { unpack: true, ...more });
      upload.submit();
      return upload.id;
    },
    /** Its children of a generation, as their rows are. */
    async children(id: string, generation = 1): Promise<readonly Upload[]> {
      const group = await memory.groups.find(childrenIdOf({ uploadId: id, generation }));
      const places = Array.from({ length: group?.count ?? 0 }, (_, index) => index);
      const ids = places.map((index) => world.deps.idOfMember(group?.id ?? '', index));
      return (await memory.store.findAll(ids)).filter((child) => child !== undefined);
    },
    groupOf: (id: string, generation = 1) =>
      memory.groups.find(childrenIdOf({ uploadId: id, generation })),
    /** What was told of the end of uploads. */
    told: () => world.bodies('notifications') as { uploadId: string; parentId?: string }[],
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
