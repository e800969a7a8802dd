/** The light lane: what streams an object once. One line adds a processor; a plan names them in this order. */
import { archiveListing } from '../archive-listing.ts';
import { jsonCheck } from '../json-check.ts';
import { malwareScan } from '../malware-scan.ts';
import { createProcessorNamed, type Processor } from '../processor.ts';
import { sha256Digest } from '../sha256-digest.ts';
import { tableProfile } from '../table-profile.ts';
import { tableValidate } from '../table-validate.ts';
import { textStats } from '../text-stats.ts';
import { typeVerdict } from '../type-verdict.ts';
import { xmlCheck } from '../xml-check.ts';

export const lightProcessors: readonly Processor[] = [
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
];

/** Of a step on this lane; undefined when this version has none of that name here. */
export const lightProcessorNamed = createProcessorNamed(lightProcessors);
