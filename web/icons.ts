/** The few drawings of the page, as paths on a grid of 24. */
import { svg } from './element.ts';

const PATHS = {
  image: 'M4 5h16v14H4z M4 16l4.5-4.5 4 4L15 13l5 5 M15.5 9.5h.01',
  table: 'M4 5h16v14H4z M4 10h16 M4 14.5h16 M10 5v14',
  text: 'M6 4h12v16H6z M9 9h6 M9 12.5h6 M9 16h4',
  code: 'M9 7l-5 5 5 5 M15 7l5 5-5 5',
  archive: 'M4 8l2-4h12l2 4v12H4z M4 8h16 M10 12h4',
  media: 'M4 5h16v14H4z M10 9v6l5-3z',
  file: 'M7 3.5h7l4 4v13H7z M14 3.5v4h4',
  waiting: 'M12 7v5l3 2 M12 20a8 8 0 1 1 0-16 8 8 0 0 1 0 16z',
  running: 'M12 4a8 8 0 1 1-8 8',
  done: 'M5 12.5l4.5 4.5L19 7.5',
  failed: 'M12 7v6 M12 16.5v.01 M12 20.5a8.5 8.5 0 1 1 0-17 8.5 8.5 0 0 1 0 17z',
  skipped: 'M6 12h12',
  open: 'M7 10l5 5 5-5',
  away: 'M7.5 7.5l9 9 M16.5 7.5l-9 9',
  down: 'M12 4v11 M7.5 11l4.5 4.5 4.5-4.5 M5 20h14',
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration: what it means always stands beside it in words. */
export const icon = (name: IconName): SVGElement =>
  svg(
    'svg',
    { class: `icon icon-${name}`, viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false' },
    svg('path', { d: PATHS[name] }),
  );

/** What stands beside the state of an upload. */
export const TONE_ICONS = {
  waiting: 'waiting',
  busy: 'running',
  done: 'done',
  failed: 'failed',
} as const;

const KINDS: readonly (readonly [RegExp, IconName])[] = [
  [/^text\/(csv|tab)|spreadsheet|excel|parquet/, 'table'],
  [/^image\/svg|json|xml|javascript|html/, 'code'],
  [/^image\//, 'image'],
  [/^(audio|video)\//, 'media'],
  [/zip|tar|compressed|archive/, 'archive'],
  [/^text\/|pdf|word|opendocument/, 'text'],
];

/** What stands for a media type. */
export const iconOfType = (type: string): IconName =>
  KINDS.find(([pattern]) => pattern.test(type))?.[1] ?? 'file';
