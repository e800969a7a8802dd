/** A client before an API and a storage that take a file, in a form or in parts. */
import { createSluice } from '../../../client/sluice.ts';
import { API, answerFetch, json, problem, type Sent, STORAGE, skipPauses, status } from './wire.ts';

export const PART = 4;
const MOST_IN_A_FORM = 20;

/** An API and a storage that remember which parts arrived; `meet` may answer a request in their place. */
export const createUploading = (
  meet: (sent: Sent, nth: number) => Response | undefined = () => undefined,
  partsAboveBytes = 8,
) => {
  const parts = new Map<number, string>();
  const seen = new Map<string, number>();
  const whole: string[] = [];
  let size = 0;
  const created = { upload: status('awaiting_upload'), statusUrl: '/uploads/upl_1' };
  const form = { url: `${STORAGE}/form`, fields: { key: 'k', policy: 'p' } };

  const serve = async ({ method, url, body }: Sent): Promise<Response> => {
    const route = `${method} ${url.pathname}`;
    if (route === 'POST /uploads') {
      size = JSON.parse(String(body)).size;
      // As the API does above what a form may carry.
      const parts = { partSize: PART, partCount: Math.ceil(size / PART) };
      return json({ ...created, ...(size > MOST_IN_A_FORM ? { parts } : { post: form }) }, 201);
    }
    if (route === 'POST /form' && body instanceof FormData) {
      const names = [...body.keys()];
      whole.push(`${names.join()}:${await (body.get('file') as Blob).text()}`);
      return new Response(null, { status: 204 });
    }
    if (route === 'GET /uploads/upl_1') {
      return json(status('awaiting_upload', { declared: { name: 'a', size } }));
    }
    if (route === 'POST /uploads/upl_1/parts') {
      const signed = JSON.parse(String(body)).parts.map((partNumber: number) => ({
        partNumber,
        url: `${STORAGE}/part/${partNumber}`,
      }));
      return json({ partSize: PART, partCount: Math.ceil(size / PART), parts: signed });
    }
    if (route === 'GET /uploads/upl_1/parts') {
      const listed = [...parts].map(([PartNumber, text]) => ({ PartNumber, Size: text.length }));
      return json({ parts: listed });
    }
    if (method === 'PUT') {
      parts.set(Number(url.pathname.split('/').at(-1)), await (body as Blob).text());
      return new Response(null, { status: 200 });
    }
    if (route === 'POST /uploads/upl_1/complete') {
      if (parts.size * PART < size) return problem(parts.size === 0 ? 409 : 400, 'conflict');
      return json({ upload: status('awaiting_upload', { rev: 2 }), location: '/uploads/upl_1' });
    }
    return problem(404, 'not_found');
  };
  const requests = answerFetch((sent) => {
    const route = `${sent.method} ${sent.url.pathname}`;
    const nth = (seen.get(route) ?? 0) + 1;
    seen.set(route, nth);
    return meet(sent, nth) ?? serve(sent);
  });
  skipPauses();
  return {
    requests,
    whole,
    parts,
    sent: (route: string) => seen.get(route) ?? 0,
    /** As an earlier visit left it. */
    begun: (bytes: number, there: Readonly<Record<number, string>>) => {
      size = bytes;
      for (const [number, text] of Object.entries(there)) parts.set(Number(number), text);
    },
    sluice: createSluice({ url: API, session: 'secret', partsAboveBytes }),
    text: () => [...parts].sort(([one], [other]) => one - other).map(([, text]) => text),
  };
};
