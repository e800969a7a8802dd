/** Numbers, sizes, times and states as people say them. */
import { partStepIn } from '../shared/domain/part.ts';
import type { StepStatus } from '../shared/domain/status.ts';

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat('en', { maximumSignificantDigits: 6 });
const clock = new Intl.DateTimeFormat('en', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

export const countOf = (count: number): string => whole.format(count);
export const numberOf = (value: number): string => fine.format(value);

/** `1 row`, `2 rows`; `more` where an s is not enough. */
export const counted = (count: number, one: string, more = `${one}s`): string =>
  `${countOf(count)} ${count === 1 ? one : more}`;

/** A share from 0 to 1. 99.96 % must not be read as all, nor 0.04 % as nothing. */
export const percentOf = (share: number): string => {
  if (share <= 0) return '0 %';
  const percent = share < 1 ? Math.max(0.1, Math.min(99.9, Math.floor(share * 1000) / 10)) : 100;
  return `${percent} %`;
};

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

/** Decimal units, as the file managers of most systems show them. */
export const sizeOf = (bytes: number): string => {
  if (bytes < 1000) return counted(bytes, 'byte');
  // 999,950 bytes are 1.0 MB and not 1,000.0 kB.
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes * 1.00005) / 3));
  const size = bytes / 1000 ** power;
  return `${size.toFixed(size < 9.995 ? 1 : 0)} ${UNITS[power]}`;
};

export const durationOf = (ms: number): string => {
  if (ms < 1000) return `${Math.max(1, Math.round(ms))} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${Math.round(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};

/** As documents say it: `2010-03-16T…`, or `D:20100316…` in a PDF, which may end anywhere. */
export const dayOf = (created: string): string => {
  const [year, month, day] = [created.slice(2, 6), created.slice(6, 8), created.slice(8, 10)];
  if (!created.startsWith('D:') || !/^\d{4}$/.test(year)) return created.slice(0, 10);
  return [year, month, day].filter((part) => /^\d+$/.test(part)).join('-');
};

export const momentOf = (at: number): string => clock.format(new Date(at));

const STEP_TITLES: Readonly<Record<string, string>> = {
  'sha256-digest': 'Fingerprint',
  'malware-scan': 'Malware scan',
  'type-verdict': 'Type check',
  'text-stats': 'Text count',
  'table-profile': 'Table profile',
  'table-validate': 'Table check',
  'image-thumbnail': 'Thumbnails',
  'json-check': 'JSON check',
  'xml-check': 'XML check',
  'archive-listing': 'Contents',
  'archive-entries': 'Unpacking',
  'child-uploads': 'Files inside',
  'document-text': 'Text inside',
  'document-preview': 'First page',
  'image-metadata': 'About the picture',
  'media-metadata': 'Sound and video',
};

const ACRONYMS = /\b(gps|url|id|xmp|iptc|exif|icc|pdf|fps|crc)\b/gi;

/** `page-count` → `Page count`, `pageCount` → `Page count`. */
export const titled = (name: string): string => {
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[-_]+/g, ' ')
    .toLowerCase()
    .replace(ACRONYMS, (word) => word.toUpperCase());
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** What a step is called on the page; a processor that the page does not know by its own name. */
export const stepTitle = (name: string): string => {
  const { step, part } = partStepIn(name) ?? {};
  if (step === undefined || part === undefined) return STEP_TITLES[name] ?? titled(name);
  return `${stepTitle(step)}, part ${part.index + 1} of ${part.count}`;
};

const attemptWords = (attempts: number): string => (attempts > 1 ? `, attempt ${attempts}` : '');

/** The state of a step in words. */
export const stepWords = ({ state, attempts, durationMs }: StepStatus): string => {
  switch (state) {
    case 'queued':
      return 'waiting';
    case 'running':
      return `running${attemptWords(attempts)}`;
    case 'succeeded':
      return durationMs === undefined ? 'done' : `done in ${durationOf(durationMs)}`;
    case 'failed':
      return `failed${attempts > 1 ? ` after ${attempts} attempts` : ''}`;
    case 'skipped':
      return 'skipped';
  }
};
