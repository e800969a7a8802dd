import { describe } from 'vitest';
import { itHoldsFor } from './many-seeds.ts';

itHoldsFor(
  [
    ['redis', 250],
    ['loss', 250],
    ['chaos', 250],
  ],
  [
    'board.show: unavailable',
    'board.show: older',
    'lease: unavailable',
    'status from cache',
    'status from store',
    'found by reconcile',
    'sweep did not finish',
    'log: retry not scheduled, left to the visibility timeout',
    'died in upload-events-dlq',
    'died in light-dlq',
    'died in heavy-dlq',
    'died in finalize-dlq',
    'died in deletions-dlq',
    'dead letter: invalid_message',
    'dead letter: invalid_event',
    'step failed: crashed',
    'step failed: storage_unavailable',
    'upload failed: source_gone',
    'log: one record of several failed',
    'redis-stale',
    'redis-garbage',
    'seized-lease',
    'lagging-index',
    'listed less than there was',
    'went on with the cursor of another',
    'stranger refused as for an unknown id',
    'named like an upload of another tenant',
    'delivery failed endpoint_gone',
    'lost-event',
    'purge-queue',
    'zombie-message',
    'poison',
    'late-again',
    'deletion: 503',
    'result file written after the deletion',
    'deleted, and the board did not know yet',
  ],
);

describe('C19: while every invocation in flight is killed every two seconds, cold starts and all', () => {
  itHoldsFor(
    [['deploys', 150]],
    ['killed by a release', 'delivered again', 'upload completed', 'derived file reused'],
  );
});
