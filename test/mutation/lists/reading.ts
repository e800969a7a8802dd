/** Who may see what, and how old it may be. */
import { inFile, type Mutation } from '../mutation.ts';

const read = inFile(
  'shared/usecases/read-status.ts',
  'unit/usecases/read-status',
  'unit/usecases/reading',
);
const wait = inFile('shared/usecases/wait-for-status.ts', 'unit/usecases/wait-for-status');
const verify = inFile('shared/usecases/verify-session.ts', 'unit/sessions');
const text = inFile('shared/adapters/redis/ready-text.ts', 'integration/adapters-redis');

export const reading: readonly Mutation[] = [
  read('another tenant may read', 'thing.tenant === tenant &&', ''),
  read(
    'another owner may read',
    '(thing.owner === owner || thing.owner === BUCKET_OWNER)',
    'thing.owner !== undefined',
  ),
  read(
    'a session that was ended may read',
    "if (!(await caller.confirm(session))) throw new RequestError('unauthenticated');",
    '',
  ),
  read(
    'a view that is behind is believed',
    'entry.ready.rev < seenRev',
    'entry.ready.rev < 0 * seenRev',
  ),
  read('a view is believed for ever', 'Math.abs(clock.now() - shownAt)', '0 * shownAt'),
  wait(
    'who waits does not look again once it listens',
    'answer = await readStatus(caller, uploadId, Math.max(seenRev, answer.rev));',
    'if (looks > 0) answer = await readStatus(caller, uploadId, Math.max(seenRev, answer.rev));',
  ),
  wait(
    'who waits relies on the bell alone',
    'LISTENING_PAUSE_MS = 5_000',
    'LISTENING_PAUSE_MS = 5e9',
  ),
  wait('who waits goes on listening', 'listener?.close();', ''),
  verify('a revoked session holds', ": 'revoked';", ': session;'),
  verify(
    'a session holds for another tenant or user',
    'session === undefined || !belongsTo(session, claims)',
    'session === undefined',
  ),
  text(
    'half a document is shown',
    'if (head[7] !== checksum(ref, text.slice(marksEnd + 1))) return undefined;',
    '',
  ),
  text(
    'a document is shown to another owner',
    'crc32(rest, crc32(`${tenant} ${uploadId} ${owner}`))',
    'crc32(rest, crc32(`${tenant} ${uploadId}`))',
  ),
];
