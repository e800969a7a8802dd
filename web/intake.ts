/** Files as people give them: chosen, dropped, pasted, or folders full of them. */

export interface ChosenFile {
  readonly file: File;
  /** Path of the folder it came in; empty for a file by itself. */
  readonly folder: string;
}

export interface Intake {
  readonly files: readonly ChosenFile[];
  /** In words, what was not taken; empty when everything was. */
  readonly leftOut: string;
}

/** Each file is a request and a line on the page; who has more drops them in parts. */
const MOST_AT_ONCE = 500;
/** What systems put into folders and nobody means to upload. */
const LITTER = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini']);

const gather = (found: readonly ChosenFile[]): Intake => {
  const meant = found.filter(({ file }) => !LITTER.has(file.name));
  const files = meant.slice(0, MOST_AT_ONCE);
  const leftOut =
    meant.length > files.length
      ? `Only the first ${MOST_AT_ONCE} of ${meant.length} files were taken. Add the others when these are done.`
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
    if (isFile(next)) {
      found.push({ file: await fileOf(next), folder: folderOf(next.fullPath.slice(1)) });
    } else if (isFolder(next)) {
      rest.push(...(await childrenOf(next)));
    }
    if (found.length > 2 * MOST_AT_ONCE) break;
  }
  return found;
};

/** Call at once in the `drop` event: what was dropped is gone when the event is over. */
export const intakeOfDrop = async (dropped: DataTransfer): Promise<Intake> => {
  const files = [...dropped.files];
  const entries = [...dropped.items].flatMap((part) => part.webkitGetAsEntry() ?? []);
  // Only entries tell folders from files; what has none (an image dragged from a page) is a file.
  return entries.some(isFolder) ? gather(await walk(entries)) : intakeOfFiles(files);
};
