/** A bell in memory: what is shown rings for all who listen to it. */
import { type BellLine, createBellLine } from '../bell-line.ts';

export const createMemoryBell = (isSilent: () => boolean) => {
  const lines = new Map<BellLine, string>();
  return {
    listen(key: string): BellLine | undefined {
      if (isSilent()) return undefined;
      const line = createBellLine((leaving) => lines.delete(leaving));
      lines.set(line, key);
      return line;
    },
    ring(key: string): void {
      for (const [line, itsKey] of lines) if (itsKey === key) line.ring();
    },
    goDeaf(): void {
      for (const line of lines.keys()) line.goDeaf();
      lines.clear();
    },
    listeners: (): number => lines.size,
  };
};
