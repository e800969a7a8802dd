/** One who listens for something new: the same for every bell. */
import type { BellListener } from '../ports/status-bell.ts';

export interface BellLine extends BellListener {
  ring(): void;
  goDeaf(): void;
}

/** One who listens: remembers a ring until it is asked for. */
export const createBellLine = (leave: (line: BellLine) => void): BellLine => {
  let hasRung = false;
  let isOpen = true;
  let wake: () => void = () => undefined;
  const line: BellLine = {
    async rung(signal) {
      if (!hasRung && isOpen && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
      hasRung = false;
    },
    isListening: () => isOpen,
    ring() {
      hasRung = true;
      wake();
    },
    goDeaf() {
      isOpen = false;
      wake();
    },
    close() {
      if (isOpen) leave(line);
      isOpen = false;
      wake();
    },
  };
  return line;
};
