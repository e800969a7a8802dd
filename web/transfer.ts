/** How the page sends bytes: by XMLHttpRequest, because `fetch` cannot tell how much of a body has been sent. */
import type { Transport } from '../client/transport.ts';

export const progressTransport: Transport = ({ method, url, body, signal, onProgress }) =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    const settle = (act: () => void) => {
      signal.removeEventListener('abort', stop);
      act();
    };
    signal.addEventListener('abort', stop, { once: true });
    request.upload.onprogress = ({ loaded }) => onProgress(loaded);
    request.onload = () => settle(() => resolve(request.status));
    request.onerror = () => settle(() => reject(new Error('The connection broke off.')));
    request.onabort = () => settle(() => reject(signal.reason));
    request.open(method, url);
    request.send(body);
  });
