/** Cross-origin rules of a bucket: preflight answers and the headers of actual requests. */
import { malformedXml, S3Error } from './errors.ts';
import type { S3Request } from './request.ts';
import { emptyResponse, type S3Response } from './response.ts';
import { childText, childTexts, parseXml } from './xml.ts';

interface CorsRule {
  readonly origins: readonly string[];
  readonly methods: readonly string[];
  readonly headers: readonly string[];
  readonly exposed: readonly string[];
  readonly maxAgeSeconds: string | undefined;
}

const methods: ReadonlySet<string> = new Set(['GET', 'PUT', 'POST', 'DELETE', 'HEAD']);

/** Throws MalformedXML or InvalidRequest for what AWS refuses. */
export const readCorsRules = (source: string): readonly CorsRule[] => {
  const rules = parseXml(source, 'CORSConfiguration').children.get('CORSRule') ?? [];
  if (rules.length === 0 || rules.length > 100) throw malformedXml();
  return rules.map((rule) => {
    const allowedMethods = childTexts(rule, 'AllowedMethod');
    const origins = childTexts(rule, 'AllowedOrigin');
    if (allowedMethods.length === 0 || origins.length === 0) throw malformedXml();
    const foreign = allowedMethods.find((method) => !methods.has(method));
    if (foreign !== undefined) {
      throw new S3Error({
        code: 'InvalidRequest',
        status: 400,
        message: `Found unsupported HTTP method in CORS config. Unsupported method is ${foreign}`,
      });
    }
    return {
      origins,
      methods: allowedMethods,
      headers: childTexts(rule, 'AllowedHeader'),
      exposed: childTexts(rule, 'ExposeHeader'),
      maxAgeSeconds: childText(rule, 'MaxAgeSeconds'),
    };
  });
};

/** A pattern has at most one `*`, which stands for any text. */
const matches = (pattern: string, text: string): boolean => {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === text;
  const [head, tail] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return text.length >= head.length + tail.length && text.startsWith(head) && text.endsWith(tail);
};

interface CorsQuestion {
  readonly origin: string;
  readonly method: string;
  readonly headers: readonly string[];
}

const findRule = (
  rules: readonly CorsRule[],
  { origin, method, headers }: CorsQuestion,
): CorsRule | undefined =>
  rules.find(
    (rule) =>
      rule.origins.some((pattern) => matches(pattern, origin)) &&
      rule.methods.includes(method) &&
      headers.every((header) =>
        rule.headers.some((pattern) => matches(pattern.toLowerCase(), header)),
      ),
  );

const answer = (rule: CorsRule, { origin, headers }: CorsQuestion): Record<string, string> => {
  const anyOrigin = rule.origins.includes('*');
  return {
    'access-control-allow-origin': anyOrigin ? '*' : origin,
    'access-control-allow-methods': rule.methods.join(', '),
    ...(anyOrigin ? {} : { 'access-control-allow-credentials': 'true' }),
    ...(headers.length > 0 ? { 'access-control-allow-headers': headers.join(', ') } : {}),
    ...(rule.exposed.length > 0
      ? { 'access-control-expose-headers': rule.exposed.join(', ') }
      : {}),
    ...(rule.maxAgeSeconds ? { 'access-control-max-age': rule.maxAgeSeconds } : {}),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  };
};

/** Headers to add to any answer, error or not; none when no rule allows the request's origin. */
export const corsHeaders = (
  { method, headers }: S3Request,
  source: string | undefined,
): Record<string, string> => {
  const origin = headers.get('origin');
  if (origin === undefined || source === undefined) return {};
  const question = { origin, method, headers: [] };
  const rule = findRule(readCorsRules(source), question);
  return rule === undefined ? {} : answer(rule, question);
};

const forbidden = (why: string, fields: Record<string, string>) =>
  new S3Error({
    code: 'AccessForbidden',
    status: 403,
    message: `CORSResponse: ${why}`,
    fields,
  });

/** Answers OPTIONS, which is never signed. Throws AccessForbidden when no rule allows it. */
export const preflight = (request: S3Request, source: string | undefined): S3Response => {
  const origin = request.headers.get('origin');
  const method = request.headers.get('access-control-request-method');
  if (origin === undefined || method === undefined) {
    throw new S3Error({
      code: 'BadRequest',
      status: 400,
      message: 'Insufficient information. Origin request header needed.',
    });
  }
  const fields = { Method: method, ResourceType: request.key ? 'OBJECT' : 'BUCKET' };
  if (source === undefined) throw forbidden('CORS is not enabled for this bucket.', fields);
  const headers = (request.headers.get('access-control-request-headers') ?? '')
    .split(',')
    .map((header) => header.trim().toLowerCase())
    .filter((header) => header !== '');
  const question = { origin, method, headers };
  const rule = findRule(readCorsRules(source), question);
  if (rule === undefined) {
    throw forbidden(
      "This CORS request is not allowed. This is usually because the evaluation of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not allowed by the resource's CORS spec.",
      fields,
    );
  }
  return emptyResponse(200, answer(rule, question));
};
