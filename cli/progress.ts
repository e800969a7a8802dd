/** Lines at the bottom of a terminal that change in place. Where nobody watches one, only news is written, line by line. */

export interface Progress {
  /** The line of `key`, as often as it changes. */
  show(key: string, line: string): void;
  /** As `show`, and worth a line of its own where lines do not change. */
  tell(key: string, line: string): void;
  /** The last line of `key`, which stays. */
  finish(key: string, line: string): void;
  /** What `say` writes to the same terminal stands above the lines that still move: they would be drawn over it. */
  aside(say: () => void): void;
  /** Takes away what still moves. */
  end(): void;
}

const REDRAWN_EVERY_MS = 80;
const DEFAULT_COLUMNS = 80;
const nothing = (): void => undefined;
const atOnce = (say: () => void): void => say();

/** Moves to the first of the lines and clears from there. */
const eraseLines = (lines: number): string => (lines === 0 ? '' : `\u001b[${lines}A\u001b[J`);

const silent: Progress = {
  show: nothing,
  tell: nothing,
  finish: nothing,
  aside: atOnce,
  end: nothing,
};

const createLog = (stream: NodeJS.WritableStream): Progress => {
  const last = new Map<string, string>();
  const tell = (key: string, line: string) => {
    if (last.get(key) === line) return;
    last.set(key, line);
    stream.write(`${line}\n`);
  };
  return { ...silent, tell, finish: tell };
};

const createLive = (stream: NodeJS.WriteStream): Progress => {
  const lines = new Map<string, string>();
  let drawn = 0;
  let drawnAt = 0;
  const draw = (above = '') => {
    drawnAt = Date.now();
    // A line that wraps would be more lines than are erased.
    const width = (stream.columns || DEFAULT_COLUMNS) - 1;
    const text = [...lines.values()].map((line) => `${line.slice(0, width)}\n`).join('');
    stream.write(`${eraseLines(drawn)}${above}${text}`);
    drawn = lines.size;
  };
  const show = (key: string, line: string) => {
    lines.set(key, line);
    if (Date.now() - drawnAt >= REDRAWN_EVERY_MS) draw();
  };
  return {
    show,
    tell: show,
    finish(key, line) {
      lines.delete(key);
      draw(`${line}\n`);
    },
    aside(say) {
      stream.write(eraseLines(drawn));
      drawn = 0;
      say();
      draw();
    },
    end() {
      lines.clear();
      draw();
    },
  };
};

export const createProgress = (isJson: boolean, stream = process.stderr): Progress => {
  if (isJson) return silent;
  return stream.isTTY ? createLive(stream) : createLog(stream);
};
