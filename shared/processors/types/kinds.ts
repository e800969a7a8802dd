/** Which names of types mean the same bytes, and what a file's extension says. */

/** Other names that browsers and systems give to the types that detection answers. */
const SAME: Readonly<Record<string, string>> = {
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
  'image/x-png': 'image/png',
  'image/apng': 'image/png',
  'image/vnd.mozilla.apng': 'image/png',
  'image/vnd.microsoft.icon': 'image/x-icon',
  'image/x-ms-bmp': 'image/bmp',
  'image/heif': 'image/heic',
  'image/heif-sequence': 'image/heic',
  'image/heic-sequence': 'image/heic',
  'audio/x-wav': 'audio/wav',
  'audio/wave': 'audio/wav',
  'audio/vnd.wave': 'audio/wav',
  'audio/mp3': 'audio/mpeg',
  'audio/x-mpeg': 'audio/mpeg',
  'audio/x-flac': 'audio/flac',
  'audio/x-aiff': 'audio/aiff',
  'video/avi': 'video/x-msvideo',
  'video/vnd.avi': 'video/x-msvideo',
  'text/xml': 'application/xml',
  'text/json': 'application/json',
  'application/csv': 'text/csv',
  'text/x-csv': 'text/csv',
  'text/tsv': 'text/tab-separated-values',
  'application/x-zip-compressed': 'application/zip',
  'application/x-zip': 'application/zip',
  'application/x-gzip': 'application/gzip',
  'application/x-rar': 'application/x-rar-compressed',
  'application/vnd.rar': 'application/x-rar-compressed',
  'application/x-bzip': 'application/x-bzip2',
  'application/x-pdf': 'application/pdf',
  'text/rtf': 'application/rtf',
  'application/jsonl': 'application/x-ndjson',
  'application/x-jsonlines': 'application/x-ndjson',
};

/** Types that share one container: the first bytes do not always tell them apart. */
const FAMILIES: readonly ReadonlySet<string>[] = [
  new Set([
    'video/mp4',
    'audio/mp4',
    'audio/x-m4a',
    'video/x-m4v',
    'video/quicktime',
    'video/3gpp',
    'audio/aac',
  ]),
  new Set(['application/ogg', 'audio/ogg', 'video/ogg', 'audio/opus']),
  new Set(['video/x-matroska', 'video/matroska', 'video/webm', 'audio/webm', 'audio/x-matroska']),
  new Set([
    'video/x-ms-asf',
    'application/vnd.ms-asf',
    'audio/x-ms-asf',
    'audio/x-ms-wma',
    'video/x-ms-wmv',
  ]),
  new Set([
    'application/x-cfb',
    'application/msword',
    'application/vnd.ms-excel',
    'application/vnd.ms-powerpoint',
  ]),
];

const BY_EXTENSION: Readonly<Record<string, string>> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  heic: 'image/heic',
  heif: 'image/heic',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  bmp: 'image/bmp',
  ico: 'image/x-icon',
  svg: 'image/svg+xml',
  pdf: 'application/pdf',
  doc: 'application/msword',
  xls: 'application/vnd.ms-excel',
  ppt: 'application/vnd.ms-powerpoint',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  odt: 'application/vnd.oasis.opendocument.text',
  ods: 'application/vnd.oasis.opendocument.spreadsheet',
  rtf: 'application/rtf',
  txt: 'text/plain',
  log: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  jsonl: 'application/x-ndjson',
  xml: 'application/xml',
  html: 'text/html',
  htm: 'text/html',
  zip: 'application/zip',
  tar: 'application/x-tar',
  gz: 'application/gzip',
  tgz: 'application/gzip',
  bz2: 'application/x-bzip2',
  xz: 'application/x-xz',
  '7z': 'application/x-7z-compressed',
  rar: 'application/x-rar-compressed',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  wav: 'audio/wav',
  flac: 'audio/flac',
  ogg: 'audio/ogg',
  opus: 'audio/opus',
  mp4: 'video/mp4',
  m4v: 'video/mp4',
  mov: 'video/quicktime',
  mkv: 'video/x-matroska',
  webm: 'video/webm',
  avi: 'video/x-msvideo',
  wmv: 'video/x-ms-wmv',
  exe: 'application/x-msdownload',
};

/** Names that say nothing about the bytes. */
const SILENT: ReadonlySet<string> = new Set([
  '',
  'application/octet-stream',
  'binary/octet-stream',
  'application/x-empty',
]);

const ZIPPED =
  /^application\/(?:zip|java-archive|epub\+zip|vnd\.openxmlformats-|vnd\.oasis\.|vnd\.ms-(?:word|excel|powerpoint)\.|vnd\.android)/;
const TEXTUAL =
  /^(?:text\/|application\/(?:json|xml|javascript|ecmascript|x-ndjson|yaml|x-yaml|toml|sql|x-sh|x-httpd-php|x-subrip)$|.*\+(?:json|xml)$)/;

/** Lower case, without parameters, one name per kind. */
export const canonicalType = (type: string): string => {
  const bare = type.split(';')[0]?.trim().toLowerCase() ?? '';
  return SAME[bare] ?? bare;
};

/** What the extension claims, or undefined when it is none we know. */
export const typeOfName = (name: string | undefined): string | undefined => {
  const extension = /\.([a-z0-9]{1,5})$/i.exec(name ?? '')?.[1]?.toLowerCase();
  return extension === undefined ? undefined : BY_EXTENSION[extension];
};

/** Whether a claim says anything about the bytes. */
export const saysSomething = (claim: string | undefined): claim is string =>
  claim !== undefined && !SILENT.has(canonicalType(claim));

const isSuffixOf = (claim: string, detected: string): boolean =>
  (detected === 'application/json' && claim.endsWith('+json')) ||
  (detected === 'application/xml' && claim.endsWith('+xml') && claim !== 'image/svg+xml') ||
  (detected === 'application/zip' && claim.endsWith('+zip'));

/** Whether bytes of type `detected` may honestly be called `claim`. */
export const mayBeCalled = (detected: string, claim: string): boolean => {
  const is = canonicalType(detected);
  const called = canonicalType(claim);
  if (is === called || isSuffixOf(called, is)) return true;
  // Of a text or an archive the first bytes often show no more than that it is one.
  if (is === 'text/plain' && TEXTUAL.test(called) && called !== 'image/svg+xml') return true;
  if (called === 'text/plain' && TEXTUAL.test(is)) return true;
  // It may be text in an encoding that detection does not read.
  if (is === 'application/octet-stream' && TEXTUAL.test(called)) return true;
  if (is === 'application/zip' && ZIPPED.test(called)) return true;
  if (called === 'application/zip' && ZIPPED.test(is)) return true;
  // Windows tells browsers that CSV belongs to Excel.
  if (called === 'application/vnd.ms-excel' && is.startsWith('text/')) return true;
  return FAMILIES.some((family) => family.has(is) && family.has(called));
};

const PROGRAM =
  /^application\/(?:x-elf|x-msdownload|x-dosexec|x-executable|x-mach-binary|x-sharedlib|vnd\.microsoft\.portable-executable)$/;

/** Whether the bytes are a program, or markup that runs scripts where it is opened. */
export const isActive = (type: string): boolean =>
  PROGRAM.test(type) || type === 'text/html' || type === 'image/svg+xml';
