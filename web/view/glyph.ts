/** What stands beside the name of an upload: a drawing of its type, and the picture itself as soon as there is a thumbnail. */

import type { Api } from '../../client/api.ts';
import type { UploadStatus } from '../../shared/domain/status.ts';
import { element } from '../element.ts';
import type { Entry } from '../entry.ts';
import { type IconName, icon, iconOfType } from '../icons.ts';

export interface Glyph {
  readonly place: HTMLElement;
  show(entry: Entry): void;
}

const thumbnailOf = (status: UploadStatus | undefined): string | undefined =>
  status?.steps
    .find(({ name }) => name === 'image-thumbnail')
    ?.files.find(({ contentType }) => contentType.startsWith('image/'))?.href;

/** Addresses of files live for a minute: one is asked for when its picture comes into sight. */
const whenSeen = (place: HTMLElement, act: () => void): void => {
  const observer = new IntersectionObserver((sightings) => {
    if (!sightings.some(({ isIntersecting }) => isIntersecting)) return;
    observer.disconnect();
    act();
  });
  observer.observe(place);
};

export const createGlyph = (api: Pick<Api, 'link'>): Glyph => {
  const place = element('span', { class: 'glyph' });
  let drawn: IconName | undefined;
  let pictured: string | undefined;

  const draw = (name: IconName) => {
    if (name === drawn) return;
    drawn = name;
    place.replaceChildren(icon(name));
  };
  const showPicture = async (href: string) => {
    const picture = element('img', { alt: '' });
    picture.src = (await api.link(href)).url;
    await picture.decode();
    if (pictured === href) place.replaceChildren(picture);
  };

  return {
    place,
    show({ status }) {
      const href = thumbnailOf(status);
      if (href !== pictured) drawn = undefined;
      if (href === undefined || href !== pictured) draw(iconOfType(status?.detectedType ?? ''));
      if (href === pictured) return;
      pictured = href;
      // Without its picture the drawing stays, which says enough.
      if (href !== undefined) whenSeen(place, () => void showPicture(href).catch(() => undefined));
    },
  };
};
