/** The heavy lane: what decodes, in memory and time of its own. One line adds a processor; a plan names them in this order. */
import { archiveEntries } from '../archive-entries.ts';
import { documentPreview } from '../document-preview.ts';
import { documentText } from '../document-text.ts';
import { imageMetadata } from '../image-metadata.ts';
import { imageThumbnail } from '../image-thumbnail.ts';
import { mediaMetadata } from '../media-metadata.ts';
import { createProcessorNamed, type Processor } from '../processor.ts';
import { tableProfile } from '../table-profile.ts';

export const heavyProcessors: readonly Processor[] = [
  archiveEntries,
  imageMetadata,
  imageThumbnail,
  mediaMetadata,
  documentText,
  documentPreview,
];

/**
 * Of the light lane, whose steps a worker of this one gets too: the parts of a big file. A processor that moves to the other
 * lane stays known on the one it left while uploads are under way that were planned there.
 */
const GUESTS: readonly Processor[] = [tableProfile];

/** Of a step on this lane; undefined when this version has none of that name here. */
export const heavyProcessorNamed = createProcessorNamed([...heavyProcessors, ...GUESTS]);
