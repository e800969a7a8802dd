/** Every processor there is, in the order in which a plan names them. One line adds one. */
import { archiveEntries } from './archive-entries.ts';
import { archiveListing } from './archive-listing.ts';
import { documentPreview } from './document-preview.ts';
import { documentText } from './document-text.ts';
import { imageMetadata } from './image-metadata.ts';
import { imageThumbnail } from './image-thumbnail.ts';
import { jsonCheck } from './json-check.ts';
import { malwareScan } from './malware-scan.ts';
import { mediaMetadata } from './media-metadata.ts';
import { createProcessorNamed, type Processor } from './processor.ts';
import { sha256Digest } from './sha256-digest.ts';
import { tableProfile } from './table-profile.ts';
import { tableValidate } from './table-validate.ts';
import { textStats } from './text-stats.ts';
import { typeVerdict } from './type-verdict.ts';
import { xmlCheck } from './xml-check.ts';

export const processors: readonly Processor[] = [
  // First, so that an upload that fails for several reasons names this one.
  malwareScan,
  sha256Digest,
  typeVerdict,
  textStats,
  tableProfile,
  tableValidate,
  jsonCheck,
  xmlCheck,
  archiveListing,
  archiveEntries,
  imageMetadata,
  imageThumbnail,
  mediaMetadata,
  documentText,
  documentPreview,
];

/** The processor of a step, or undefined when this version has none of that name. */
export const processorNamed = createProcessorNamed(processors);
