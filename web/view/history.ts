/** The story of an upload in sentences, fetched when it is asked for. */

import type { Api } from '../../client/api.ts';
import type { HistoryEntry } from '../../shared/domain/history.ts';
import { element } from '../element.ts';
import { durationOf, stepTitle } from '../words.ts';

const timeOf = new Intl.DateTimeFormat('en', { timeStyle: 'medium', hourCycle: 'h23' });

const endOf = ({ state, code }: HistoryEntry): string =>
  `Ended: ${state ?? 'unknown'}${code === undefined ? '' : ` (${code})`}.`;

const stepEndOf = ({ step = '', state, durationMs, attempt = 1, code }: HistoryEntry): string => {
  const took = durationMs === undefined ? '' : ` after ${durationOf(durationMs)}`;
  const tries = attempt > 1 ? `, attempt ${attempt}` : '';
  return `${stepTitle(step)}: ${state ?? 'ended'}${took}${tries}${code === undefined ? '' : ` (${code})`}.`;
};

const sentenceOf = (entry: HistoryEntry): string => {
  switch (entry.event) {
    case 'created':
      return 'The upload was announced.';
    case 'accepted':
      return 'The file arrived and its steps were planned.';
    case 'refused':
      return 'The file that arrived was refused.';
    case 'driven':
      return 'Overdue work was sent again.';
    case 'reprocess_requested':
      return 'Processing was asked for once more.';
    case 'superseded':
      return 'A newer version of the file arrived.';
    case 'step_ended':
      return stepEndOf(entry);
    case 'ended':
      return endOf(entry);
    default:
      // A newer API may tell of more than this page knows.
      return `${String(entry.event)}.`;
  }
};

const lineOf = (entry: HistoryEntry): HTMLLIElement =>
  element(
    'li',
    {},
    element('time', { datetime: entry.at }, timeOf.format(new Date(entry.at))),
    ' ',
    sentenceOf(entry),
  );

/** Closed at first; each opening fetches it anew. */
export const historyOf = (id: string, api: Pick<Api, 'history'>): HTMLElement => {
  const place = element('div', { role: 'status' });
  const details = element(
    'details',
    { class: 'history' },
    element('summary', {}, 'History'),
    place,
  );
  details.addEventListener('toggle', async () => {
    if (!details.open) return;
    try {
      const lines = (await api.history(id)).map(lineOf);
      place.replaceChildren(element('ol', {}, ...lines));
    } catch (error) {
      place.textContent = error instanceof Error ? error.message : String(error);
    }
  });
  return details;
};
