/** Headers of answers, under the names that people know them by. */
import { ANSWER_HEADERS, type AnswerHeader } from '../../shared/contracts/routes/route.ts';

export const headerName = (name: string): string =>
  name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase()).replace('Etag', 'ETag');

export const headersOf = (
  always: readonly AnswerHeader[] = [],
  maybe: readonly AnswerHeader[] = [],
) => {
  const entries = [...always, ...maybe].map((name) => [
    headerName(name),
    always.includes(name)
      ? { $ref: `#/components/headers/${headerName(name)}` }
      : { ...ANSWER_HEADERS[name], required: false },
  ]);
  return entries.length === 0 ? {} : { headers: Object.fromEntries(entries) };
};
