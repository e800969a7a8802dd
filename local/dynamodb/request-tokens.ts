/** ClientRequestToken of TransactWriteItems: the same call twice is one call, for ten minutes. */
import { createHash } from 'node:crypto';
import type { Parameters } from './backend.ts';
import { DynamodbError } from './errors.ts';

/** "A client request token is valid for 10 minutes after the first request that uses it is completed." */
const lifeMs = 10 * 60 * 1000;

export type RequestTokens = {
  /** True where this very call has succeeded before. Throws where the token means another call. */
  readonly wasDone: (parameters: Parameters) => boolean;
  readonly done: (parameters: Parameters) => void;
};

export const createRequestTokens = (): RequestTokens => {
  const known = new Map<string, { readonly digest: string; readonly until: number }>();
  return {
    wasDone: (parameters) => {
      const earlier = known.get(String(parameters.ClientRequestToken));
      if (!earlier || earlier.until < Date.now()) return false;
      if (earlier.digest === digestOf(parameters)) return true;
      throw new DynamodbError(
        'IdempotentParameterMismatchException',
        'The ClientRequestToken was used before with other parameters.',
      );
    },
    done: (parameters) => {
      if (typeof parameters.ClientRequestToken !== 'string') return;
      const now = Date.now();
      // Oldest first: a Map keeps the order of insertion.
      for (const [token, { until }] of known) {
        if (until >= now) break;
        known.delete(token);
      }
      const entry = { digest: digestOf(parameters), until: now + lifeMs };
      known.set(parameters.ClientRequestToken, entry);
    },
  };
};

const digestOf = ({ TransactItems }: Parameters): string =>
  createHash('sha256').update(JSON.stringify(TransactItems)).digest('hex');
