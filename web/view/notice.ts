/** The one line above everything: offline, or a service that does not answer. Empty and out of the way otherwise. */

export interface Notice {
  /** `undefined` takes the sentence back. */
  trouble(sentence: string | undefined): void;
}

const OFFLINE = 'You are offline. Everything goes on by itself when the connection is back.';

export const createNotice = (line: HTMLElement): Notice => {
  let sentence: string | undefined;
  const show = () => {
    const text = navigator.onLine ? sentence : OFFLINE;
    if (line.textContent === (text ?? '')) return;
    line.textContent = text ?? '';
    line.hidden = text === undefined;
  };
  globalThis.addEventListener('online', show);
  globalThis.addEventListener('offline', show);
  show();
  return {
    trouble(next) {
      sentence = next;
      show();
    },
  };
};
