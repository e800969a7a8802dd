/** Routes of a file that is sent in parts. */
import { completedParts, listedParts, signedParts } from '../answers.ts';
import { completePartsBody, signPartsBody, uploadPath } from '../http.ts';
import type { Route } from './route.ts';
import { SAMPLE_AWAITING, SAMPLE_ID } from './samples.ts';

const part = { PartNumber: 1, Size: 12, ETag: '"6f5902ac237024bdd0c176cb93063dc4"' };

export const partRoutes = {
  'POST /uploads/{id}/parts': {
    tag: 'parts',
    operationId: 'signParts',
    summary: 'Ask for addresses of parts',
    description:
      'Any announced upload can be sent in parts instead of its form, for 24 hours. The size of the file alone says how it is cut; each address takes exactly its part by PUT and is good for an hour.',
    caller: 'session',
    path: uploadPath,
    body: signPartsBody,
    example: { path: { id: SAMPLE_ID }, body: { parts: [1] } },
    answers: {
      200: {
        description: 'An address for each part, and how the file is cut.',
        body: signedParts,
        example: {
          key: `incoming/acme/${SAMPLE_ID}`,
          partSize: 5_242_880,
          partCount: 1,
          parts: [
            {
              partNumber: 1,
              size: 12,
              url: 'https://uploads.s3.eu-central-1.amazonaws.com/incoming/acme/upl_5r2k?partNumber=1',
            },
          ],
          expiresAt: '2026-01-01T10:00:00.000Z',
        },
      },
    },
    refusals: ['invalid_request', 'not_found', 'conflict'],
  },
  'GET /uploads/{id}/parts': {
    tag: 'parts',
    operationId: 'listParts',
    summary: 'The parts that have arrived',
    description: 'To go on from after a lost connection.',
    caller: 'session',
    path: uploadPath,
    example: { path: { id: SAMPLE_ID } },
    answers: {
      200: {
        description: 'None before the first was sent, and none once they were put together.',
        body: listedParts,
        example: { parts: [part] },
      },
    },
    refusals: ['not_found'],
  },
  'DELETE /uploads/{id}/parts': {
    tag: 'parts',
    operationId: 'dropParts',
    summary: 'Throw away what was sent',
    description: 'The upload still waits for its file. Can be repeated.',
    caller: 'session',
    path: uploadPath,
    example: { path: { id: SAMPLE_ID } },
    answers: { 204: { description: 'There are no parts.' } },
    refusals: ['not_found'],
  },
  'POST /uploads/{id}/complete': {
    tag: 'parts',
    operationId: 'completeParts',
    summary: 'Make one file of all parts',
    description:
      'Refused while a part is missing or not whole. Can be repeated: once the file is there, that is the answer.',
    caller: 'session',
    path: uploadPath,
    body: completePartsBody,
    isBodyOptional: true,
    example: { path: { id: SAMPLE_ID } },
    answers: {
      200: {
        description: 'The file is there.',
        body: completedParts,
        example: { upload: SAMPLE_AWAITING, location: `/uploads/${SAMPLE_ID}` },
      },
    },
    refusals: ['invalid_request', 'not_found', 'conflict'],
  },
} as const satisfies Readonly<Record<string, Route>>;

export type PartsRoute = keyof typeof partRoutes;
