/** The routes of serverless.yml; it says of a function that it has a URL, but not which paths that has. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Route } from '../../shared/contracts/routes/route.ts';
import { routes } from '../../shared/contracts/routes/routes.ts';

interface Template {
  readonly functions: Readonly<
    Record<
      string,
      { readonly events?: readonly { readonly httpApi?: string }[]; readonly url?: object }
    >
  >;
}

const routesAt = (name: string): readonly (readonly [string, string])[] =>
  Object.entries<Route>(routes)
    .filter(([, { functionUrl }]) => functionUrl === name)
    .map(([key]) => [key, name]);

/** Of what no route fits: none of its own. */
const ANY = '*';

/** Method and path of every route, as they stand there, with the key of its function. */
export const templateRoutes = (): ReadonlyMap<string, string> => {
  const text = readFileSync(new URL('../../serverless.yml', import.meta.url), 'utf8');
  // Intrinsic functions of CloudFormation are of no interest here.
  const { functions }: Template = parse(text, { logLevel: 'silent', merge: true });
  return new Map(
    Object.entries(functions).flatMap(([name, { events = [], url }]) => [
      ...events.flatMap(({ httpApi }) =>
        httpApi === undefined || httpApi === ANY ? [] : [[httpApi, name] as const],
      ),
      ...(url === undefined ? [] : routesAt(name)),
    ]),
  );
};
