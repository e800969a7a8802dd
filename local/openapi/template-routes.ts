/** The routes of serverless.yml. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

interface Template {
  readonly functions: Readonly<
    Record<string, { readonly events?: readonly { readonly httpApi?: string }[] }>
  >;
}

/** Method and path of every route, as they stand there, with the key of its function. */
export const templateRoutes = (): ReadonlyMap<string, string> => {
  const text = readFileSync(new URL('../../serverless.yml', import.meta.url), 'utf8');
  // Intrinsic functions of CloudFormation are of no interest here.
  const { functions }: Template = parse(text, { logLevel: 'silent', merge: true });
  return new Map(
    Object.entries(functions).flatMap(([name, { events = [] }]) =>
      events.flatMap(({ httpApi }) => (httpApi === undefined ? [] : [[httpApi, name] as const])),
    ),
  );
};
