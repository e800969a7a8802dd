/** POST Object: a browser form, allowed by a signed policy. */
import { rm } from 'node:fs/promises';
import { readAttributes } from '../attributes.ts';
import { authenticatePolicy } from '../auth/authenticate-policy.ts';
import type { Identity } from '../auth/claim.ts';
import {
  assertNotTooLarge,
  assertNotTooSmall,
  assertPolicyAllows,
  readPostPolicy,
} from '../auth/post-policy.ts';
import { quoted, type S3Call } from '../call.ts';
import { readDeclaredChecksum } from '../checksums.ts';
import { accessDenied, invalidArgument, notImplemented } from '../errors.ts';
import { type FormFile, receiveForm } from '../form.ts';
import { type Received, receiveToFile } from '../receive-body.ts';
import { emptyResponse, type S3Response } from '../response.ts';
import type { ObjectVersion } from '../store/version-index.ts';
import { plainXmlDocument, tag } from '../xml.ts';
import { announceCreated, createdHeaders } from './put-object.ts';

interface PostedFile {
  readonly fields: ReadonlyMap<string, string>;
  readonly received: Received;
  readonly bodyPath: string;
}

/** S3 replaces `${filename}` in every field before it looks at the conditions. */
const expandFields = ({ fields, fileName }: FormFile, bucket: string): Map<string, string> => {
  const expanded = new Map<string, string>();
  for (const [name, value] of fields) {
    const signed = name === 'policy' || name.startsWith('x-amz-signature');
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the variable AWS defines.
    expanded.set(name, signed ? value : value.replaceAll('${filename}', () => fileName));
  }
  // The bucket is what the request was sent to, whatever the form says.
  expanded.set('bucket', bucket);
  return expanded;
};

const assertKey = (fields: ReadonlyMap<string, string>): void => {
  const key = fields.get('key') ?? '';
  if (key === '') {
    throw invalidArgument(
      "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
      { ArgumentName: 'key', ArgumentValue: '' },
    );
  }
  if (Buffer.byteLength(key) > 1024) throw invalidArgument('Your key is too long');
  if (fields.has('tagging')) throw notImplemented('tagging');
};

interface PostCall extends Omit<S3Call, 'headers' | 'body' | 'key'> {
  readonly identity: Identity;
  readonly now: () => number;
}

const receiveFile = async (call: PostCall, file: FormFile): Promise<PostedFile> => {
  const { store, bucket, identity, now } = call;
  if (!file.fields.has('policy')) throw accessDenied();
  authenticatePolicy(file.fields, identity);
  const fields = expandFields(file, bucket);
  assertKey(fields);
  const policy = readPostPolicy(fields.get('policy') ?? '');
  assertPolicyAllows(policy, fields, now());
  const bodyPath = store.files.temporary();
  const received = await receiveToFile({
    body: {
      chunks: file.chunks,
      trailers: new Map(),
      claims: { md5: fields.get('content-md5'), checksum: readDeclaredChecksum(fields) },
    },
    path: bodyPath,
    onSize: (bytes) => assertNotTooLarge(policy, bytes),
    onEnd: (bytes) => assertNotTooSmall(policy, bytes),
  });
  return { fields, received, bodyPath };
};

const locationOf = ({ url, bucket }: PostCall, key: string): string =>
  `${url()}/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;

const answer = (
  call: PostCall,
  fields: ReadonlyMap<string, string>,
  version: ObjectVersion,
): S3Response => {
  const location = locationOf(call, version.key);
  const etag = quoted(version.etag);
  const headers = { ...createdHeaders(call, version), location };
  const redirect = fields.get('success_action_redirect');
  if (redirect !== undefined && URL.canParse(redirect)) {
    const target = new URL(redirect);
    target.searchParams.set('bucket', call.bucket);
    target.searchParams.set('key', version.key);
    target.searchParams.set('etag', etag);
    return emptyResponse(303, { ...headers, location: target.href });
  }
  const status = fields.get('success_action_status');
  if (status !== '201') return emptyResponse(status === '200' ? 200 : 204, headers);
  return {
    status: 201,
    headers: { ...headers, 'content-type': 'application/xml' },
    body: plainXmlDocument('PostResponse', [
      tag('Location', location),
      tag('Bucket', call.bucket),
      tag('Key', version.key),
      tag('ETag', etag),
    ]),
  };
};

/** Nothing of the form is kept unless all of it arrived and all of the policy holds. */
export const postObject = async (call: PostCall): Promise<S3Response> => {
  const { store, bucket, request } = call;
  store.bucket(bucket);
  let bodyPath: string | undefined;
  try {
    const posted = await receiveForm(request, async (file) => {
      const arrived = await receiveFile(call, file);
      bodyPath = arrived.bodyPath;
      return arrived;
    });
    const { fields, received } = posted;
    const version = await store.put({
      bucket,
      key: fields.get('key') ?? '',
      bodyPath: posted.bodyPath,
      size: received.size,
      etag: received.md5,
      checksum: received.checksum,
      ...readAttributes(fields),
    });
    announceCreated(call, 'ObjectCreated:Post', version);
    return answer(call, fields, version);
  } finally {
    // A file that was refused, or whose form was cut short after it.
    if (bodyPath !== undefined) await rm(bodyPath, { force: true });
  }
};
