/** What is in a zip: that it ends the zip, and that none of it is left behind. */
import { inFile, type Mutation } from '../mutation.ts';

const children = inFile(
  'shared/domain/children.ts',
  'unit/domain/children',
  'unit/usecases/children',
  'simulation/children',
);
const make = inFile(
  'shared/usecases/make-children.ts',
  'unit/usecases/children',
  'simulation/children',
);
const tell = inFile('shared/usecases/tell-parent.ts', 'unit/usecases/children');
const clear = inFile('shared/usecases/clear-after-worker.ts', 'unit/usecases/children');
const erase = inFile(
  'shared/usecases/erase-upload.ts',
  'unit/usecases/children',
  'simulation/children',
);
const endGroup = inFile(
  'shared/usecases/end-group.ts',
  'unit/usecases/children',
  'simulation/children',
);
const finalize = inFile('shared/usecases/finalize-upload.ts', 'unit/usecases/children');
const entries = inFile('shared/processors/archive-entries.ts', 'unit/processors/archive-entries');
const selection = inFile(
  'shared/processors/archive/zip-selection.ts',
  'unit/processors/archive-entries',
);

export const inArchives: readonly Mutation[] = [
  children(
    'a zip ends before all of its children were made',
    "if (made === undefined) return 'making';",
    "if (made === undefined) return 'awaited';",
  ),
  children(
    'children of an earlier generation stay',
    'return isWhole ? generations.slice(0, -1) : generations;',
    'return isWhole ? [] : generations;',
  ),
  children(
    'children of an archive that was not unpacked to the last stay',
    'return isWhole ? generations.slice(0, -1) : generations;',
    'return generations.slice(0, -1);',
  ),
  children(
    'progress goes back',
    "if (ended <= (upload.childrenEnded ?? 0)) return refused('duplicate');",
    '',
  ),
  make(
    'a child is unpacked too',
    'const { unpack: _, ...rest } = options ?? {};',
    'const rest = options ?? {};',
  ),
  make(
    'a child that has its object is made again',
    "if (answer.kind === 'lost' && (await objects.latest(key)) !== undefined) return;",
    '',
  ),
  make('a damaged entry fails the archive', "error.code === 'corrupt'", 'false'),
  tell(
    'nothing follows from the end of the last child',
    'await driveForward(answer.upload, cause, { after: new Set([CHILDREN_STEP]) });',
    '',
  ),
  clear(
    'what a late worker made stays',
    "await deps.queue.send('deletions', [abandonedMessageFor(uploadId)], tenant);",
    '',
  ),
  erase(
    'a deleted zip leaves its children',
    'await children.takeBack(upload, causeOf(meta));\n    if',
    'if',
  ),
  erase('a deleted zip is remembered by its children', 'await children.forget(upload);', 'return;'),
  endGroup(
    'files of a zip that are not made yet count as gone',
    "if ((await awaiting(group)) === 'making') return;",
    '',
  ),
  finalize(
    'a zip is stuck while its children live',
    "!(step === CHILDREN_STEP && outcomes[ENTRIES_STEP]?.state === 'succeeded')",
    'true',
  ),
  finalize(
    'a child whose event was lost waits until it expires',
    'if (!isOver && parentOf(upload) === undefined) return;',
    'if (!isOver) return;',
  ),
  entries('bytes with another checksum become a child', 'if (found !== sum)', 'if (false)'),
  entries(
    'the last chunk does not wait',
    'if (held !== undefined) yield held;\n    held = chunk;',
    'yield chunk;',
  ),
  selection('entries may share bytes', 'if (end > next) {', 'if (false) {'),
  selection(
    'a dangerous name becomes a child',
    "if (dangersOf(entry).length > 0) return 'unsafe_name';",
    '',
  ),
];
