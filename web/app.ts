/** The upload page: puts its parts together and starts them. */
import { createSluice } from '../client/sluice.ts';
import { openHandles } from './handles.ts';
import { untilOnline } from './pause.ts';
import { openMemory } from './remembered.ts';
import { openSession } from './session.ts';
import { progressTransport } from './transfer.ts';
import { createUploads, type Uploads } from './uploads.ts';
import { type Announcer, createAnnouncer } from './view/announcer.ts';
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

const createPage = async (notice: Notice, announcer: Announcer): Promise<Uploads> => {
  const session = await openSession();
  const api = createSluice({
    url: session.apiUrl,
    followUrl: session.followUrl,
    session,
    transport: progressTransport,
    whenOnline: untilOnline,
  });
  const actions: CardActions = {
    cancel: (key) => uploads.cancel(key),
    retry: (key, file) => uploads.retry(key, file),
    goOn: (key) => void uploads.goOn(key),
    putAway: (key) => uploads.putAway(key),
    erase: (key) => {
      uploads.erase(key).catch((error: unknown) => notice.trouble(sentenceOf(error)));
    },
  };
  const cards = createCards({ api, announcer, actions });
  const uploads = createUploads({
    api,
    memory: openMemory(),
    handles: openHandles(),
    onEntry: cards.show,
    onRemoved: cards.remove,
    onTrouble: notice.trouble,
  });
  globalThis.addEventListener('online', uploads.wake);
  document.addEventListener('visibilitychange', uploads.wake);
  return uploads;
};

const start = (): void => {
  const notice = createNotice(byId('notice'));
  const announcer = createAnnouncer(byId('announcer'));
  const ready = createPage(notice, announcer);
  ready
    .then((uploads) => list(uploads, notice))
    .catch((error: unknown) => {
      reportError(error);
      notice.trouble(sentenceOf(error));
    });
  // Before anything is waited for: a file that is dropped early must neither get lost nor open in place of the page.
  connectDropZone(byId('drop'), async (intake) => {
    byId('left-out').textContent = intake.leftOut;
    announcer.say(wordsOfIntake(intake));
    // Without a page its sentence stands above already.
    const uploads = await ready.catch(() => undefined);
    uploads?.add(intake.files);
  });
};

start();
