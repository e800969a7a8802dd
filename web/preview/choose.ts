/** Which preview shows which processor's outcome, and in which order they stand. */
import { archivePreview } from './archive.ts';
import { digestPreview } from './digest.ts';
import { documentPreview } from './document.ts';
import { entriesPreview } from './entries.ts';
import { firstPagePreview } from './first-page.ts';
import { imagePreview } from './image.ts';
import { jsonPreview } from './json.ts';
import { mediaPreview } from './media.ts';
import { isOutcome } from './outcome.ts';
import { pictureFacts } from './picture-facts.ts';
import type { Preview, PreviewContext } from './preview.ts';
import { tablePreview } from './table.ts';
import { textPreview } from './text.ts';
import { unknownPreview } from './unknown.ts';
import { verdictPreview } from './verdict.ts';
import { xmlPreview } from './xml.ts';

/** In the order of the page: what a file holds before what it is. */
const PREVIEWS: Readonly<Record<string, Preview>> = {
  'image-thumbnail': imagePreview,
  'image-metadata': pictureFacts,
  'document-preview': firstPagePreview,
  'document-text': documentPreview,
  'media-metadata': mediaPreview,
  'table-profile': tablePreview,
  'archive-listing': archivePreview,
  'archive-entries': entriesPreview,
  'json-check': jsonPreview,
  'xml-check': xmlPreview,
  'text-stats': textPreview,
  'type-verdict': verdictPreview,
  'sha256-digest': digestPreview,
};

/** Its files stand above with their states, which says more than their number. */
const TOLD_ABOVE = new Set(['child-uploads']);

const ORDER = Object.keys(PREVIEWS);
/** True of every file, so they stand last. */
const ALWAYS_THERE = new Set(['type-verdict', 'sha256-digest']);

/** Lower stands first; processors that the page does not know come before what every file has. */
export const placeOf = (name: string): number => {
  const place = ORDER.indexOf(name);
  if (place === -1) return ORDER.length;
  return ALWAYS_THERE.has(name) ? ORDER.length + place : place;
};

/** `undefined` while there is nothing to show. */
export const previewOf = (context: PreviewContext): HTMLElement | undefined => {
  const { step, isScanned } = context;
  if (step.state !== 'succeeded' || TOLD_ABOVE.has(step.name)) return undefined;
  const { outcome } = step;
  const known = isOutcome(outcome) ? PREVIEWS[step.name]?.(outcome, context) : undefined;
  // Before a scan has ended no file is given away: what a preview shows may be among them.
  return known ?? (isScanned ? unknownPreview(outcome) : undefined);
};
