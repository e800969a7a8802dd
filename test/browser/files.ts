/** Small files of many kinds, in memory. */
import sharp from 'sharp';
import type { ChosenFile } from './desk.ts';

export const textFile = (name: string, text = 'one\ntwo\n'): ChosenFile => ({
  name,
  mimeType: 'text/plain',
  buffer: Buffer.from(text),
});

export const tableFile = (name: string): ChosenFile => ({
  name,
  mimeType: 'text/csv',
  buffer: Buffer.from('town,people,note\nAachen,250000,\nBonn,330000,\nKöln,1080000,large\n'),
});

const REGIONS = ['north', 'north', 'north', 'south', 'south', 'west'];

/** Numbers and dates that spread, and values that repeat. */
export const ordersFile = (name: string, rows = 600): ChosenFile => {
  const lines = Array.from({ length: rows }, (_, at) => {
    const price = (20 + 15 * Math.sin(at) + ((at * 7) % 13)).toFixed(2);
    const day = new Date(Date.UTC(2026, 0, 1 + Math.floor(Math.sqrt(at * 50)))).toISOString();
    return [at + 1, day.slice(0, 10), REGIONS[at % 6], price, at % 9 === 0 ? '' : 'paid'].join();
  });
  return {
    name,
    mimeType: 'text/csv',
    buffer: Buffer.from(`order,sold,region,price,state\n${lines.join('\n')}\n`),
  };
};

/** More columns than fit into an outcome, so that the profile has a file of its own. */
export const wideTableFile = (name: string, columns: number): ChosenFile => {
  const row = (make: (column: number) => string) =>
    Array.from({ length: columns }, (_, at) => make(at));
  const lines = [
    row((at) => `measured_value_${at}`),
    row((at) => `${at}`),
    row((at) => `${at + 1}`),
  ];
  return {
    name,
    mimeType: 'text/csv',
    buffer: Buffer.from(lines.map((line) => line.join()).join('\n')),
  };
};

export const jsonFile = (name: string): ChosenFile => ({
  name,
  mimeType: 'application/json',
  buffer: Buffer.from('[{"id":1,"tags":["a","b"]},{"id":2}]'),
});

const picture = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: 'teal' } });

export const photoFile = async (name: string): Promise<ChosenFile> => ({
  name,
  mimeType: 'image/jpeg',
  buffer: await picture(800, 400).jpeg().toBuffer(),
});

export const damagedPicture = async (name: string): Promise<ChosenFile> => {
  const whole = await picture(64, 64).png().toBuffer();
  return { name, mimeType: 'image/png', buffer: whole.subarray(0, whole.length - 60) };
};
