/** The one error the laptop S3 answers with: an AWS code, its status and a sentence. */

export interface S3ErrorShape {
  readonly code: string;
  readonly status: number;
  readonly message: string;
  /** Extra elements AWS puts into the error document, such as `MaxSizeAllowed`. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown anywhere below the router; the server turns it into AWS error XML. */
export class S3Error extends Error {
  readonly code: string;
  readonly status: number;
  readonly fields: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor({ code, status, message, fields = {}, headers = {} }: S3ErrorShape) {
    super(message);
    this.name = 'S3Error';
    this.code = code;
    this.status = status;
    this.fields = fields;
    this.headers = headers;
  }
}

/** The client went away in the middle; there is nobody to answer. */
export class ClientGoneError extends Error {
  constructor(cause: unknown) {
    super('The client closed the connection before it was answered.', { cause });
    this.name = 'ClientGoneError';
  }
}

export const accessDenied = (message = 'Access Denied', fields: Record<string, string> = {}) =>
  new S3Error({ code: 'AccessDenied', status: 403, message, fields });

export const badDigest = (message: string) =>
  new S3Error({ code: 'BadDigest', status: 400, message });

export const invalidArgument = (message: string, fields: Record<string, string> = {}) =>
  new S3Error({ code: 'InvalidArgument', status: 400, message, fields });

export const invalidRequest = (message: string) =>
  new S3Error({ code: 'InvalidRequest', status: 400, message });

export const malformedXml = () =>
  new S3Error({
    code: 'MalformedXML',
    status: 400,
    message:
      'The XML you provided was not well-formed or did not validate against our published schema',
  });

export const noSuchBucket = (bucket: string) =>
  new S3Error({
    code: 'NoSuchBucket',
    status: 404,
    message: 'The specified bucket does not exist',
    fields: { BucketName: bucket },
  });

export const noSuchKey = (key: string, headers: Record<string, string> = {}) =>
  new S3Error({
    code: 'NoSuchKey',
    status: 404,
    message: 'The specified key does not exist.',
    fields: { Key: key },
    headers,
  });

export const notImplemented = (what: string) =>
  new S3Error({
    code: 'NotImplemented',
    status: 501,
    message: `The laptop S3 does not implement ${what}.`,
  });

export const preconditionFailed = (condition: string) =>
  new S3Error({
    code: 'PreconditionFailed',
    status: 412,
    message: 'At least one of the pre-conditions you specified did not hold',
    fields: { Condition: condition },
  });

export const entityTooLarge = (proposed: number, allowed: number) =>
  new S3Error({
    code: 'EntityTooLarge',
    status: 400,
    message: 'Your proposed upload exceeds the maximum allowed size',
    fields: { ProposedSize: String(proposed), MaxSizeAllowed: String(allowed) },
  });
