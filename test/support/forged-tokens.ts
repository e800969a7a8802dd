/** What attackers make of a token (FAULTS E1, E2), for tokens of whatever issuer: each with what is wrong with it. */
import { createHmac, createSign, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export interface TokenKind {
  readonly header: Readonly<Record<string, unknown>> & {
    readonly alg: string;
    readonly typ: string;
  };
  readonly claims: Readonly<Record<string, unknown>> & {
    readonly aud: string;
    readonly exp: number;
    readonly iat: number;
  };
  /** Of Ed25519, trusted under the header's `kid`. */
  readonly trusted: { readonly privateKey: KeyObject; readonly publicJwk: { readonly x?: string } };
  /** Trusted by nobody. */
  readonly foreign: { readonly privateKey: KeyObject; readonly publicJwk: { readonly x?: string } };
  /** Where nothing may be fetched from. */
  readonly trap?: string;
}

const base64url = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** The same bytes with the slack bits of the last character set. */
const withSlackBits = (part: string): string => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return `${part.slice(0, -1)}${alphabet[alphabet.indexOf(part.at(-1) ?? '') | 1]}`;
};

/** `signed` makes true tokens, `valid` is one, and `forged` are all the others. */
export const tokensOf = ({ header: usual, claims: said, ...kind }: TokenKind) => {
  const { privateKey, publicJwk } = kind.trusted;
  const { foreign: foreignPair, trap = 'http://127.0.0.1:1' } = kind;
  const now = said.iat;
  /** A token with a true signature over whatever is in it. */
  const signed = (header: unknown = usual, payload: unknown = said, key = privateKey) => {
    const text = `${base64url(header)}.${base64url(payload)}`;
    return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`;
  };

  const without = (claim: string) => {
    const { [claim]: _, ...rest } = said;
    return rest;
  };

  const hmac = (header: object, secret: string | Buffer) => {
    const text = `${base64url(header)}.${base64url(said)}`;
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  };

  const byRsa = () => {
    const { privateKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const text = `${base64url({ ...usual, alg: 'RS256' })}.${base64url(said)}`;
    return `${text}.${createSign('sha256').update(text).sign(rsa).toString('base64url')}`;
  };

  const valid = signed();
  const [head = '', body = '', signature = ''] = valid.split('.');
  const { x } = foreignPair.publicJwk;
  const jwk = { kty: 'OKP', crv: 'Ed25519', x };
  const foreign = foreignPair.privateKey;

  const forged: readonly (readonly [string, string])[] = [
    ['alg none and no signature', `${base64url({ ...usual, alg: 'none' })}.${body}.`],
    ['alg None', `${base64url({ ...usual, alg: 'None' })}.${body}.`],
    ['alg none with a signature', `${base64url({ ...usual, alg: 'none' })}.${body}.${signature}`],
    [
      'HS256 with the public key as the secret',
      hmac({ ...usual, alg: 'HS256' }, publicJwk.x ?? ''),
    ],
    ['HS256 with an empty secret', hmac({ ...usual, alg: 'HS256' }, '')],
    ['RS256 of a key of its own', byRsa()],
    ['an empty signature', `${head}.${body}.`],
    ['no signature part', `${head}.${body}`],
    ['the signature of other claims', `${head}.${base64url({ ...said, sub: 'bob' })}.${signature}`],
    ['a foreign key under a known kid', signed(usual, said, foreign)],
    ['a key it brings along (jwk)', signed({ ...usual, jwk }, said, foreign)],
    ['a true signature beside a jwk', signed({ ...usual, jwk })],
    ['an address of keys (jku)', signed({ ...usual, jku: `${trap}/keys` }, said, foreign)],
    ['an address of a certificate (x5u)', signed({ ...usual, x5u: `${trap}/x` }, said, foreign)],
    ['a true signature beside a jku', signed({ ...usual, jku: `${trap}/keys` })],
    ['a true signature beside an x5u', signed({ ...usual, x5u: `${trap}/x` })],
    ['a true signature beside an x5c', signed({ ...usual, x5c: ['MIIB'] })],
    ['a certificate (x5c)', signed({ ...usual, x5c: ['MIIB'] }, said, foreign)],
    ['a critical extension', signed({ ...usual, crit: ['exp'] })],
    ['a kid that is a path', signed({ ...usual, kid: '../../../../dev/null' })],
    ['a kid that is SQL', signed({ ...usual, kid: "x' UNION SELECT 'key" })],
    ['a kid that every object has', signed({ ...usual, kid: '__proto__' })],
    ['a kid of nobody', signed({ ...usual, kid: '2000' })],
    ['no kid', signed({ alg: usual.alg, typ: usual.typ })],
    ['another kind of JWT', signed({ ...usual, typ: 'JWT' })],
    ['another issuer', signed(usual, { ...said, iss: 'urn:sluice:prod' })],
    ['another audience', signed(usual, { ...said, aud: 'urn:other' })],
    ['several audiences', signed(usual, { ...said, aud: [said.aud, 'urn:other'] })],
    ['no exp', signed(usual, without('exp'))],
    ['an exp in 1970', signed(usual, { ...said, exp: 1 })],
    ['an exp in 9999', signed(usual, { ...said, exp: 253_402_300_799 })],
    ['an exp that is text', signed(usual, { ...said, exp: String(said.exp) })],
    ['an iat in the future', signed(usual, { ...said, iat: now + 60 })],
    ['an nbf in the future', signed(usual, { ...said, nbf: now + 60 })],
    ['no jti', signed(usual, without('jti'))],
    ['a jti of no session', signed(usual, { ...said, jti: 'ses_2' })],
    ['another tenant than the session’s', signed(usual, { ...said, tenant: 'other' })],
    ['another user than the session’s', signed(usual, { ...said, sub: 'bob' })],
    ['a claim too many', signed(usual, { ...said, admin: true })],
    ['duplicate claims', signed(usual, JSON.stringify(said).replace('{', '{"tenant":"other",'))],
    ['spaces in its claims', signed(usual, JSON.stringify(said, null, 1))],
    ['claims that are no JSON', signed(usual, 'tenant=acme')],
    ['claims that are null', signed(usual, 'null')],
    ['trailing garbage', `${valid}AAAA`],
    ['a fourth part', `${valid}.AAAA`],
    ['padding', `${valid}==`],
    ['slack bits in its signature', `${head}.${body}.${withSlackBits(signature)}`],
    [
      'the other base64 alphabet',
      `${head}.${body}.${signature.replaceAll('-', '+').replaceAll('_', '/')}+`,
    ],
    ['2 MB of claims', signed(usual, { ...said, more: 'a'.repeat(2_000_000) })],
    ['9 KB of claims', signed(usual, { ...said, more: 'a'.repeat(4_500) })],
    ['nothing but dots', '..'],
  ];

  return { signed, valid, forged };
};
