/** The derived files of an upload, each to be downloaded. */

import type { Api } from '../../client/api.ts';
import type { ResultLink } from '../../client/types.ts';
import type { StepStatus } from '../../shared/domain/status.ts';
import { button, element } from '../element.ts';
import { icon } from '../icons.ts';
import { sizeOf } from '../words.ts';
import type { Announcer } from './announcer.ts';

export interface FilesContext {
  readonly api: Pick<Api, 'link'>;
  readonly announcer: Announcer;
  readonly fileName: string;
}

/** The address answers as an attachment, so the page stays where it is. */
const download = ({ url }: ResultLink): void => {
  const link = element('a', { href: url, rel: 'noopener noreferrer' });
  link.click();
};

export const filesOf = (
  steps: readonly StepStatus[],
  context: FilesContext,
): HTMLElement | undefined => {
  const { api, announcer, fileName } = context;
  const lines = steps
    .flatMap(({ files }) => files)
    .map(({ name, size, href }) => {
      const label = `Download ${name} of ${fileName}, ${sizeOf(size)}`;
      const get = button({ text: name, label }, () => {
        api.link(href).then(download, (error: unknown) => {
          announcer.say(error instanceof Error ? error.message : String(error));
        });
      });
      get.prepend(icon('down'));
      return element('li', {}, get, element('span', { class: 'size' }, sizeOf(size)));
    });
  return lines.length === 0 ? undefined : element('ul', { class: 'files' }, ...lines);
};
