/** Request headers that several routes take. */
import * as z from 'zod';

export const ifNoneMatch = z.string().optional().describe('The ETag of the last answer.');
