/** Deletes for good, so it asks once more: the first press arms the button, the second one means it. */
import { button } from '../element.ts';
import type { Announcer } from './announcer.ts';

const ARMED_MS = 6_000;

/** `erase` is called by the second press only. */
export const deleteButton = (
  name: string,
  announcer: Announcer,
  erase: () => void,
): HTMLButtonElement => {
  let disarming: ReturnType<typeof setTimeout> | undefined;
  const disarm = () => {
    clearTimeout(disarming);
    disarming = undefined;
    made.classList.remove('armed');
    made.textContent = 'Delete';
    made.setAttribute('aria-label', `Delete ${name}`);
  };
  const arm = () => {
    disarming = setTimeout(disarm, ARMED_MS);
    made.classList.add('armed');
    made.textContent = 'Delete it and its results for good';
    made.setAttribute('aria-label', `Delete ${name} and its results for good`);
    announcer.say(`Press again to delete ${name} and its results for good.`);
  };
  const made = button({ text: 'Delete', label: `Delete ${name}` }, () => {
    if (disarming === undefined) return arm();
    disarm();
    erase();
  });
  made.addEventListener('blur', disarm);
  return made;
};
