/** Decides who a POST policy is from. */
import { accessDenied } from '../errors.ts';
import { ALGORITHM, hmac, readScope, sameSignature, signingKey } from './canonical.ts';
import { assertScope, type Identity, malformedQuery, signatureDoesNotMatch } from './claim.ts';

/** Verifies the signature of a POST policy. Throws as `authenticate` does. */
export const authenticatePolicy = (
  fields: ReadonlyMap<string, string>,
  identity: Identity,
): void => {
  const policy = fields.get('policy');
  const scope = readScope(fields.get('x-amz-credential') ?? '');
  const signature = fields.get('x-amz-signature');
  if (policy === undefined || scope === undefined || signature === undefined) throw accessDenied();
  if (fields.get('x-amz-algorithm') !== ALGORITHM) {
    throw malformedQuery(`X-Amz-Algorithm only supports "${ALGORITHM}"`);
  }
  assertScope({ scope, timestamp: fields.get('x-amz-date') ?? '' }, identity, malformedQuery);
  const key = signingKey(identity.credentials.secretAccessKey, scope);
  if (!sameSignature(hmac(key, policy).toString('hex'), signature)) {
    throw signatureDoesNotMatch({ accessKeyId: scope.accessKeyId, stringToSign: policy });
  }
};
