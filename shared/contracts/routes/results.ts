/** Routes of what was made of an upload. */
import { resultLink, uploadResults } from '../answers.ts';
import { resultPath, uploadPath } from '../http.ts';
import type { Route } from './route.ts';
import { SAMPLE_ID, SAMPLE_LINK, SAMPLE_RESULTS } from './samples.ts';

/** A file, by redirect or by its address. */
const linked = {
  302: { description: 'Where the file is.', headers: ['location', 'vary'] },
  200: {
    description: 'The same for a caller that asks for `application/json`.',
    headers: ['vary'],
    body: resultLink,
    example: SAMPLE_LINK,
  },
} as const satisfies Route['answers'];

const LINK_DESCRIPTION =
  'The redirect goes to the file storage and is good for a minute; the file is sent as an attachment. A page on another origin cannot follow it: it asks for `application/json` and opens the `url`.';

export const resultRoutes = {
  'GET /uploads/{id}/results': {
    tag: 'results',
    operationId: 'listResults',
    summary: 'All that was made of an upload',
    description:
      'Step by step: how it ended, what it found, and the files it made, each with its size, its type and its link. Of an upload that has not ended, what there is so far.',
    caller: 'session',
    path: uploadPath,
    example: { path: { id: SAMPLE_ID } },
    answers: { 200: { description: 'The list.', body: uploadResults, example: SAMPLE_RESULTS } },
    refusals: ['not_found'],
  },
  'GET /uploads/{id}/results/{step}/{name}': {
    tag: 'results',
    operationId: 'getResult',
    summary: 'A file that a step made',
    description: `The list of results names them (\`steps[].files[].href\`), and so does the status. ${LINK_DESCRIPTION}`,
    caller: 'session',
    path: resultPath,
    example: { path: { id: SAMPLE_ID, step: 'archive-listing', name: 'entries.jsonl' } },
    answers: linked,
    refusals: ['not_found', 'scan_pending', 'withheld'],
  },
  'GET /uploads/{id}/manifest': {
    tag: 'results',
    operationId: 'getManifest',
    summary: 'The manifest of an upload',
    description: `The lasting account of its current generation as one JSON file: object, plan and the outcome of every step. There is none before it has ended. ${LINK_DESCRIPTION}`,
    caller: 'session',
    path: uploadPath,
    example: { path: { id: SAMPLE_ID } },
    answers: linked,
    refusals: ['not_found'],
  },
} as const satisfies Readonly<Record<string, Route>>;

export type ResultsRoute = keyof typeof resultRoutes;
