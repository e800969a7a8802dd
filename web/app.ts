/** The upload page: puts its parts together and starts them. */
import { createApi } from './api.ts';
import { openMemory } from './remembered.ts';
import { openSession } from './session.ts';
import { sendForm } from './transfer.ts';
import { createUploads, type Uploads } from './uploads.ts';
import { createAnnouncer } from './view/announcer.ts';
import type { CardActions } from './view/card.ts';
import { createCards, wordsOfIntake } from './view/cards.ts';
import { connectDropZone } from './view/drop-zone.ts';
import { createNotice, type Notice } from './view/notice.ts';
import { byId } from './view/page.ts';

const sentenceOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** The first page of the list, and a button for each page behind it. */
const list = async (uploads: Uploads, notice: Notice): Promise<void> => {
  const more = byId('more');
  const show = async (page: Promise<boolean>) => {
    more.setAttribute('aria-disabled', 'true');
    try {
      more.hidden = !(await page);
      notice.trouble(undefined);
    } catch (error) {
      // The button stays: pressing it tries again.
      more.hidden = false;
      notice.trouble(sentenceOf(error));
    } finally {
      more.removeAttribute('aria-disabled');
    }
  };
  more.addEventListener('click', () => {
    if (!more.hasAttribute('aria-disabled')) void show(uploads.recallMore());
  });
  await show(uploads.recall());
};

const start = async (notice: Notice): Promise<void> => {
  const api = createApi(await openSession());
  const announcer = createAnnouncer(byId('announcer'));
  const actions: CardActions = {
    cancel: (key) => uploads.cancel(key),
    retry: (key, file) => uploads.retry(key, file),
    putAway: (key) => uploads.putAway(key),
    erase: (key) => {
      uploads.erase(key).catch((error: unknown) => notice.trouble(sentenceOf(error)));
    },
  };
  const cards = createCards({ api, announcer, actions });
  const uploads = createUploads({
    api,
    memory: openMemory(),
    transfer: sendForm,
    onEntry: cards.show,
    onRemoved: cards.remove,
    onTrouble: notice.trouble,
  });
  connectDropZone(byId('drop'), (intake) => {
    uploads.add(intake.files);
    byId('left-out').textContent = intake.leftOut;
    announcer.say(wordsOfIntake(intake));
  });
  globalThis.addEventListener('online', uploads.wake);
  document.addEventListener('visibilitychange', uploads.wake);
  await list(uploads, notice);
};

const notice = createNotice(byId('notice'));
start(notice).catch((error: unknown) => {
  reportError(error);
  notice.trouble(sentenceOf(error));
});
