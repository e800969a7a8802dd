/** One entry of an archive as it is told to people: never a path to write to. */
import { TextDecoder } from 'node:util';
import { detectEncoding } from '../../detection/encoding.ts';

export const ENTRY_KINDS = ['file', 'directory', 'symlink', 'hardlink', 'other'] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** Why an entry must not be unpacked by its name. */
export const DANGERS = [
  'traversal',
  'absolute',
  'control',
  'deep',
  'unnamed',
  'duplicate',
  'link',
  'bomb',
] as const;
export type Danger = (typeof DANGERS)[number];

export interface Entry {
  readonly name: string;
  readonly kind: EntryKind;
  /** As the archive declares it; nothing was unpacked. */
  readonly size: number;
  readonly compressed: number | null;
  readonly encrypted: boolean;
  readonly target: string | null;
}

export interface ToldEntry extends Entry {
  readonly dangers: readonly Danger[];
}

/** Deeper paths than any file system needs exist to break recursive tools. */
const MOST_SEGMENTS = 100;

/** Names are UTF-8 where they can be; before that rule they were in whatever the system of the writer used. */
export const decodeName = (bytes: Uint8Array): string => {
  const { label } = detectEncoding(bytes) ?? { label: 'utf-8' };
  return new TextDecoder(label.startsWith('utf-16') ? 'utf-8' : label).decode(bytes);
};

/** What is wrong with a name, whichever system would unpack it. */
export const dangersOf = ({ name, kind, target }: Entry): Danger[] => {
  const segments = name.split(/[/\\]/);
  const dangers: Danger[] = [];
  if (segments.includes('..') || target?.split(/[/\\]/).includes('..')) dangers.push('traversal');
  if (/^(?:[/\\]|[a-z]:)/i.test(name)) dangers.push('absolute');
  if (/\p{Cc}/u.test(name)) dangers.push('control');
  if (segments.length > MOST_SEGMENTS) dangers.push('deep');
  if (name === '') dangers.push('unnamed');
  if (kind === 'symlink' || kind === 'hardlink') dangers.push('link');
  return dangers;
};
