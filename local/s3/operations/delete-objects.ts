/** DeleteObject and DeleteObjects. */
import { MAX_DOCUMENT_BYTES, type Operation, required, type S3Call } from '../call.ts';
import { invalidRequest, malformedXml } from '../errors.ts';
import { receiveText } from '../receive-body.ts';
import { emptyResponse, xmlResponse } from '../response.ts';
import type { Removal } from '../store/object-store.ts';
import { childText, parseXml, tag, xmlDocument } from '../xml.ts';

// The AWS limit of one request.
const MAX_KEYS = 1000;

const removeAndAnnounce = async (
  { store, notifications, request, bucket }: S3Call,
  key: string,
  versionId: string | undefined,
): Promise<Removal> => {
  const removal = await store.remove(bucket, key, versionId);
  if (removal.kind !== 'nothing') {
    notifications.publish({
      bucket,
      eventName:
        removal.kind === 'marker' ? 'ObjectRemoved:DeleteMarkerCreated' : 'ObjectRemoved:Delete',
      version: removal.version,
      sequencer: removal.kind === 'marker' ? removal.version.sequencer : removal.sequencer,
      origin: request,
    });
  }
  return removal;
};

/** Deleting what is not there succeeds, as in AWS. */
export const deleteObject: Operation = async (call) => {
  const versionId = call.request.query.get('versionId');
  const removal = await removeAndAnnounce(call, call.key, versionId);
  const marker = removal.kind !== 'nothing' && removal.version.deleteMarker;
  const touched = removal.kind === 'marker' ? removal.version.versionId : versionId;
  return emptyResponse(204, {
    ...(marker ? { 'x-amz-delete-marker': 'true' } : {}),
    ...(touched === undefined ? {} : { 'x-amz-version-id': touched }),
  });
};

const deletedElement = (key: string, versionId: string | undefined, removal: Removal) => {
  const marker = removal.kind !== 'nothing' && removal.version.deleteMarker;
  return tag('Deleted', [
    tag('Key', key),
    tag('VersionId', versionId),
    tag('DeleteMarker', marker ? true : undefined),
    tag('DeleteMarkerVersionId', marker ? removal.version.versionId : undefined),
  ]);
};

export const deleteObjects: Operation = async (call) => {
  call.store.bucket(call.bucket);
  const body = call.body();
  const { md5, checksum } = body.claims;
  if (md5 === undefined && checksum === undefined) {
    throw invalidRequest('Missing required header for this request: Content-MD5');
  }
  const request = parseXml(await receiveText(body, MAX_DOCUMENT_BYTES), 'Delete');
  const objects = request.children.get('Object') ?? [];
  if (objects.length === 0 || objects.length > MAX_KEYS) throw malformedXml();
  const quiet = childText(request, 'Quiet') === 'true';
  const wanted = objects.map((object) => ({
    key: required(childText(object, 'Key')),
    versionId: childText(object, 'VersionId'),
  }));
  const deleted = [];
  for (const { key, versionId } of wanted) {
    deleted.push(deletedElement(key, versionId, await removeAndAnnounce(call, key, versionId)));
  }
  return xmlResponse(xmlDocument('DeleteResult', quiet ? [] : deleted));
};
