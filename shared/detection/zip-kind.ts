/** Tells documents from other zips by the names of their first entries; writers put them in any order. */

const ENTRY = Buffer.from('PK\x03\x04', 'latin1');
const HEADER_BYTES = 30;

const OFFICE = 'application/vnd.openxmlformats-officedocument.';
const WORD = `${OFFICE}wordprocessingml.document`;
const EXCEL = `${OFFICE}spreadsheetml.sheet`;
const POWERPOINT = `${OFFICE}presentationml.presentation`;

const BY_FOLDER: readonly (readonly [string, string])[] = [
  ['word/', WORD],
  ['xl/', EXCEL],
  ['ppt/', POWERPOINT],
];

const BY_EXTENSION: Readonly<Record<string, string>> = {
  docx: WORD,
  docm: WORD,
  dotx: WORD,
  xlsx: EXCEL,
  xlsm: EXCEL,
  xltx: EXCEL,
  pptx: POWERPOINT,
  pptm: POWERPOINT,
  ppsx: POWERPOINT,
};

/** Names that every such document has, whichever it is. */
const COMMON: ReadonlySet<string> = new Set([
  '[Content_Types].xml',
  '_rels/.rels',
  'docProps/app.xml',
  'docProps/core.xml',
]);

/** Parts that only such a document has; some writers put what is common to all of them at the end. */
const PART =
  /^(?:word\/(?:document|styles|settings|numbering|fontTable|webSettings|footnotes|endnotes|header\d*|footer\d*|theme\/theme\d+)|xl\/(?:workbook|styles|sharedStrings|theme\/theme\d+|worksheets\/sheet\d+|drawings\/drawing\d+)|ppt\/(?:presentation|presProps|viewProps|tableStyles|theme\/theme\d+|slides\/slide\d+|slideLayouts\/slideLayout\d+|slideMasters\/slideMaster\d+))\.(?:xml|bin)$/;

/** Books and OpenDocument files begin with an entry that names their type; some tools pack them anew in another order. */
const NAMED: Readonly<Record<string, string>> = {
  epub: 'application/epub+zip',
  odt: 'application/vnd.oasis.opendocument.text',
  ods: 'application/vnd.oasis.opendocument.spreadsheet',
  odp: 'application/vnd.oasis.opendocument.presentation',
};
/** Entries that only such files have. */
const NAMED_PART =
  /^(?:mimetype|META-INF\/(?:container|manifest)\.xml|(?:content|meta|settings|styles)\.xml|.{0,200}\.(?:opf|ncx))$/;

const entryNames = (head: Buffer): readonly string[] => {
  const names: string[] = [];
  for (let at = head.indexOf(ENTRY); at !== -1; at = head.indexOf(ENTRY, at + 1)) {
    if (at + HEADER_BYTES > head.length) break;
    const start = at + HEADER_BYTES;
    names.push(head.toString('latin1', start, start + head.readUInt16LE(at + 26)));
  }
  return names;
};

/** The kind of Office document, or undefined. The name only decides where the entries in sight do not. */
export const officeKind = (start: Uint8Array, name: string | undefined): string | undefined => {
  const head = Buffer.from(start.buffer, start.byteOffset, start.byteLength);
  const names = entryNames(head);
  const extension = /\.([a-z]{3,4})$/i.exec(name ?? '')?.[1]?.toLowerCase() ?? '';
  const isOffice = names.some((entry) => COMMON.has(entry) || PART.test(entry));
  if (!isOffice)
    return names.some((entry) => NAMED_PART.test(entry)) ? NAMED[extension] : undefined;
  const found = BY_FOLDER.find(([folder]) => names.some((entry) => entry.startsWith(folder)));
  if (found !== undefined) return found[1];
  return BY_EXTENSION[extension];
};
