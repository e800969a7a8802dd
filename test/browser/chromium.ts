/** Finds a Chromium on this machine and starts it; playwright-core brings none of its own. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

const usualPlaces = [
  '/usr/bin',
  '/usr/local/bin',
  '/snap/bin',
  '/opt/google/chrome',
  '/Applications/Chromium.app/Contents/MacOS',
  '/Applications/Google Chrome.app/Contents/MacOS',
];

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Its path, or undefined where there is none. */
export const findChromium = (): string | undefined => {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...usualPlaces];
  const names = [...NAMES, 'Chromium', 'Google Chrome'];
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isProgram);
};

export const startChromium = (executablePath: string): Promise<Browser> =>
  chromium.launch({
    executablePath,
    // Chromium's sandbox refuses to run as root, as in most containers.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
