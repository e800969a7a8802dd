/** Files as people give them: chosen, dropped, pasted, or folders full of them. */
import type { FileHandle } from './handles.ts';

export interface ChosenFile {
  readonly file: File;
  /** Path of the folder it came in; empty for a file by itself. */
  readonly folder: string;
  /** The way back to it after a reload, from browsers that give one. */
  readonly handle?: FileHandle | undefined;
}

export interface Intake {
  readonly files: readonly ChosenFile[];
  /** In words, what was not taken; empty when everything was. */
  readonly leftOut: string;
}

/** Each file is a request and a line on the page; who has more drops them in parts. */
const MOST_AT_ONCE = 500;
/** A folder with more is not counted to its end. */
const MOST_LOOKED_AT = 2 * MOST_AT_ONCE;
/** What systems put into folders and nobody means to upload. */
const LITTER = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini']);

const gather = (found: readonly ChosenFile[]): Intake => {
  const meant = found.filter(({ file }) => !LITTER.has(file.name));
  const files = meant.slice(0, MOST_AT_ONCE);
  const all = meant.length > MOST_LOOKED_AT ? `more than ${MOST_LOOKED_AT}` : meant.length;
  const leftOut =
    meant.length > files.length
      ? `Only the first ${MOST_AT_ONCE} of ${all} files were taken. Add the others when these are done.`
      : '';
  return { files, leftOut };
};

const folderOf = (path: string): string => path.split('/').slice(0, -1).join('/');

/** From an `<input type="file">`, with or without `webkitdirectory`, or a paste. */
export const intakeOfFiles = (files: Iterable<File>): Intake =>
  gather([...files].map((file) => ({ file, folder: folderOf(file.webkitRelativePath) })));

const fileOf = (entry: FileSystemFileEntry) =>
  new Promise<File>((resolve, reject) => entry.file(resolve, reject));

/** A folder is read in portions (100 in Chromium) until an empty one comes. */
const childrenOf = async (entry: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> => {
  const reader = entry.createReader();
  const children: FileSystemEntry[] = [];
  for (;;) {
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (portion.length === 0) return children;
    children.push(...portion);
  }
};

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

/** Breadth first and bounded, so that a dropped home folder does not hang the page. */
const walk = async (roots: readonly FileSystemEntry[]): Promise<readonly ChosenFile[]> => {
  const found: ChosenFile[] = [];
  const rest = [...roots];
  for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
    if (LITTER.has(next.name)) continue;
    if (isFile(next)) {
      found.push({ file: await fileOf(next), folder: folderOf(next.fullPath.slice(1)) });
    } else if (isFolder(next)) {
      rest.push(...(await childrenOf(next)));
    }
    if (found.length > MOST_LOOKED_AT) break;
  }
  return found;
};

/** Not in TypeScript's library: Chromium's so far. */
interface HandledPart extends DataTransferItem {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
}

const isFileHandle = (handle: FileSystemHandle | null | undefined): handle is FileHandle =>
  handle?.kind === 'file';

const handlesOf = (parts: readonly DataTransferItem[]) =>
  Promise.all(
    parts.map(async (part: HandledPart) => {
      const handle = await part.getAsFileSystemHandle?.().catch(() => undefined);
      return isFileHandle(handle) ? handle : undefined;
    }),
  );

/** Call at once in the `drop` event: what was dropped is gone when the event is over. */
export const intakeOfDrop = async (dropped: DataTransfer): Promise<Intake> => {
  const files = [...dropped.files];
  const parts = [...dropped.items].filter(({ kind }) => kind === 'file');
  const entries = parts.flatMap((part) => part.webkitGetAsEntry() ?? []);
  const coming = handlesOf(parts);
  // Only entries tell folders from files; what has none (an image dragged from a page) is a file.
  if (entries.some(isFolder)) return gather(await walk(entries));
  const handles = await coming;
  return gather(files.map((file, at) => ({ file, folder: '', handle: handles[at] })));
};

/** Not in TypeScript's library either. */
type PickingWindow = typeof globalThis & {
  showOpenFilePicker?(options: { readonly multiple: boolean }): Promise<readonly FileHandle[]>;
};

const picker: PickingWindow = globalThis;

/** This browser's own way of choosing files gives a way back to them. */
export const canPick = (): boolean => picker.showOpenFilePicker !== undefined;

/** Call at once in the `click` event. Nothing, when nothing was chosen. */
export const pickFiles = async (): Promise<Intake> => {
  const handles = (await picker.showOpenFilePicker?.({ multiple: true }).catch(() => [])) ?? [];
  const files = handles.map(async (handle) => ({
    file: await handle.getFile(),
    folder: '',
    handle,
  }));
  return gather(await Promise.all(files));
};
