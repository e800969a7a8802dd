/** Puts what the steps answered into the words of a manifest. */
import type { Driven } from './drive.ts';
import type { Expectation } from './manifest.ts';

type Result = Readonly<Record<string, unknown>>;
export type Facts = Readonly<Record<string, unknown>>;

const resultOf = ({ outcomes }: Driven, step: string): Result | undefined => {
  const outcome = outcomes[step];
  return outcome?.state === 'succeeded' ? (outcome.result as Result) : undefined;
};

const first = (list: unknown): Result => (Array.isArray(list) ? (list[0] ?? {}) : {});

const imageFacts = (found: Result): Facts => ({
  width: found.width,
  height: found.height,
  frames: found.frames,
  exif_orientation: found.orientation,
  displayed_width: found.displayedWidth,
  displayed_height: found.displayedHeight,
  has_gps: found.gps,
});

const mediaFacts = (found: Result): Facts => {
  const [video, audio] = [first(found.video), first(found.audio)];
  return {
    duration_s: found.seconds,
    vcodec: video.codec,
    width: video.width,
    height: video.height,
    acodec: audio.codec,
    channels: audio.channels,
    sample_rate: audio.sampleRate,
  };
};

const documentFacts = (found: Result, texts: Driven['texts']): Facts => ({
  pages: found.pages,
  encrypted: found.pages === null ? undefined : found.encrypted,
  page_size_pt: found.pageSize,
  text_chars_nonspace: found.pages === null ? undefined : found.characters,
  text_chars: found.characters,
  text: texts['document-text/text.txt'] ?? '',
  has_javascript: found.scripts,
  sheets: found.sheets,
  sheet1_rows: first(found.sheetRows).rows,
  slides: found.slides,
  macros: found.macros,
  zip_entries: found.parts,
});

const tableFacts = (found: Result): Facts => ({
  records: found.records,
  rows: Math.max(0, Number(found.records) - 1),
  columns: found.columns,
  columns_min: found.columnsMin,
  columns_max: found.columnsMax,
  ragged: Number(found.ragged) > 0,
  delimiter: found.delimiter,
  encoding: found.encoding,
  bom: found.bom,
  nul_bytes: found.nulBytes,
  blank_lines: found.blankLines,
});

const archiveFacts = (found: Result): Facts => {
  // What is only compressed has no entries.
  const isBare = found.decompressedBytes !== null && !String(found.format).startsWith('tar');
  const dangers = found.dangers as Readonly<Record<string, number>>;
  return {
    entries: isBare ? undefined : found.entries,
    uncompressed_bytes: isBare ? undefined : found.uncompressedBytes,
    decompressed_bytes: found.decompressedBytes ?? undefined,
    symlink_entries: found.symlinks,
    hardlink_entries: found.hardlinks,
    entries_encrypted: Number(found.encrypted) > 0,
    has_traversal: (dangers.traversal ?? 0) > 0,
    has_absolute_path: (dangers.absolute ?? 0) > 0,
    duplicate_names: (dangers.duplicate ?? 0) > 0,
    nul_in_name: (dangers.control ?? 0) > 0,
  };
};

const textFacts = (found: Result): Facts => ({ chars: found.characters, lines: found.lines });

/** Whether a step says that the file is sound; undefined when it does not look. */
const verdictOf = ({ outcomes }: Driven, step: string): boolean | undefined => {
  const outcome = outcomes[step];
  return outcome === undefined ? undefined : outcome.state === 'succeeded';
};

/** Everything that was said, by the words of the manifest; what nobody said is undefined. */
export const factsOf = (driven: Driven): Facts => {
  const from = (step: string, read: (result: Result) => Facts): Facts => {
    const result = resultOf(driven, step);
    return result === undefined ? {} : read(result);
  };
  return {
    ...from('text-stats', textFacts),
    ...from('media-metadata', mediaFacts),
    ...from('image-metadata', imageFacts),
    ...from('document-text', (found) => documentFacts(found, driven.texts)),
    ...from('table-profile', tableFacts),
    ...from('archive-listing', archiveFacts),
    json_valid: verdictOf(driven, 'json-check'),
    well_formed: verdictOf(driven, 'xml-check'),
  };
};

const near = (expected: number, found: number, { absolute = 0, relative = 0 }): boolean =>
  Math.abs(expected - found) <= Math.max(absolute, Math.abs(expected) * relative);

const encodingName = (name: unknown): string =>
  String(name)
    .toLowerCase()
    // What browsers read Latin-1 as.
    .replace(/^(?:iso-8859-1|latin-?1|ascii|us-ascii)$/, (label) =>
      label.includes('ascii') ? 'utf-8' : 'windows-1252',
    )
    .replace(/[-_](?:sig|bom)$/, '');

const sizeMatches = (expected: unknown, found: unknown): boolean => {
  const { width, height } = (found ?? {}) as Readonly<Record<string, number>>;
  const [wide, high] = expected as readonly number[];
  return (
    near(Number(wide), Number(width), { absolute: 1 }) &&
    near(Number(high), Number(height), { absolute: 1 })
  );
};

const squeezed = (text: unknown): string => String(text).normalize('NFKC').replace(/\s+/g, '');

/** Readers differ in what of a page they count as text. */
const TEXT_SHARE = 0.15;
/** Containers round to their own clock, and readers count the last frame or not. */
const DURATION = { absolute: 0.1, relative: 0.02 };

/** Where equal is not the same as right. */
const MATCHES: Readonly<Record<string, (expected: unknown, found: unknown) => boolean>> = {
  duration_s: (expected, found) =>
    typeof found === 'number' && near(Number(expected), found, DURATION),
  page_size_pt: sizeMatches,
  text_chars_nonspace: (expected, found) =>
    near(Number(expected), Number(found), { absolute: 40, relative: TEXT_SHARE }),
  text_chars: (expected, found) =>
    near(Number(expected), Number(found), { absolute: 2, relative: TEXT_SHARE }),
  encoding: (expected, found) => encodingName(expected) === encodingName(found),
};

const isSame = (key: string, expected: unknown, found: unknown): boolean =>
  MATCHES[key]?.(expected, found) ?? expected === found;

/** What a manifest says for people, for other tools, or as a choice that another rule reads. */
const NOT_COMPARED: ReadonlySet<string> = new Set(
  'class mime mime_accept mime_file1 mime_exiftool sniffable_by_magic valid answer note pixels dimensions_accept text_contains text_contains_soft pages_qpdf independent_tools_failing python_accepts jq_accepts uchardet'.split(
    ' ',
  ),
);

const acceptedSize = (expect: Expectation, facts: Facts): boolean =>
  Array.isArray(expect.dimensions_accept) &&
  expect.dimensions_accept.some((size: unknown) => {
    const [width, height] = Array.isArray(size) ? size : String(size).split('x').map(Number);
    return width === facts.width && height === facts.height;
  });

const wordsMissing = (expect: Expectation, facts: Facts): readonly string[] => {
  if (!Array.isArray(expect.text_contains) || expect.text_contains_soft === true) return [];
  const text = squeezed(facts.text ?? '');
  const lost = expect.text_contains.filter((word) => !text.includes(squeezed(word)));
  return lost.length === 0 ? [] : [`text lacks ${lost.join(', ')}`];
};

const isText = (kind: string): boolean => kind.startsWith('text');

/** Every expected number that was answered differently, or by nobody. */
export const differences = (
  { expect, kind }: { readonly expect: Expectation; readonly kind: string },
  facts: Facts,
): { readonly wrong: readonly string[]; readonly unread: readonly string[] } => {
  const wrong: string[] = [];
  const unread: string[] = [];
  const isSizeAccepted = acceptedSize(expect, facts);
  for (const [key, expected] of Object.entries(expect)) {
    if (NOT_COMPARED.has(key) || expected === null || expected === undefined) continue;
    // For short samples the encoding is anybody's guess.
    if (key === 'encoding' && isText(kind)) continue;
    if (expect.text_contains_soft === true && /^text_chars/.test(key)) continue;
    const found = facts[key];
    if (isSizeAccepted && /^(?:displayed_)?(?:width|height)$/.test(key)) continue;
    if (found === undefined || found === null) unread.push(key);
    else if (!isSame(key, expected, found)) {
      wrong.push(`${key} is ${JSON.stringify(expected)}, not ${JSON.stringify(found)}`);
    }
  }
  if (facts.text !== undefined) wrong.push(...wordsMissing(expect, facts));
  return { wrong, unread };
};
