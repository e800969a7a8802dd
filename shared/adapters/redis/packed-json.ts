/**
 * The phrases that every status is made of, each as one character: a file under way takes half the memory. JSON escapes all
 * characters below the blank, so that none of these can stand in it for itself.
 */

/** By character, from U+0001 on; the order is part of the format. A line feed parts the lines of the text around. */
const PHRASES = [
  '{"id":"',
  '","state":"',
  '","rev":',
  ',"generation":',
  ',"createdAt":"',
  '","updatedAt":"',
  '","endedAt":"',
  '","declared":{"name":"',
  '","size":',
  '\n',
  ',"detectedType":"',
  ',"steps":[',
  '{"name":"',
  '","version":',
  ',"lane":"light","needs":[',
  ',"lane":"heavy","needs":[',
  '],"state":"queued","attempts":0,"files":[]}',
  '],"state":"succeeded","attempts":',
  ',"startedAt":"',
  '","durationMs":',
  ',"outcome":{',
  '},"files":[',
  '","contentType":"',
  '","href":"/uploads/',
  ',"progress":',
  '","type":"',
] as const;

const characterOf = new Map<string, string>(
  PHRASES.map((phrase, index) => [phrase, String.fromCharCode(index + 1)]),
);

const escaped = (phrase: string): string => phrase.replace(/[[\]{}]/g, '\\$&');
/** A line feed stands for itself. */
const phrases = new RegExp(
  PHRASES.filter((phrase) => phrase !== '\n')
    .map(escaped)
    .join('|'),
  'g',
);
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters it is about.
const CHARACTERS = /[\u0001-\u0009\u000b-\u001a]/g;

export const packedJson = (json: string): string =>
  json.replace(phrases, (phrase) => characterOf.get(phrase) ?? phrase);

export const unpackedJson = (packed: string): string =>
  packed.replace(CHARACTERS, (character) => PHRASES[character.charCodeAt(0) - 1] ?? character);
