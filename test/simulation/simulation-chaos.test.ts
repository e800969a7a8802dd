import { itHoldsFor } from './many-seeds.ts';

itHoldsFor(
  [
    ['redis', 250],
    ['loss', 250],
    ['chaos', 300],
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
    'dead letter: invalid_message',
    'dead letter: invalid_event',
    'step failed: crashed',
    'step failed: storage_unavailable',
    'upload failed: source_gone',
    'log: one record of several failed',
    'redis-stale',
    'lost-event',
    'purge-queue',
    'zombie-message',
    'poison',
  ],
);
