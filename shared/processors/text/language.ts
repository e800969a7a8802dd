/** Tells the language of a prose by its beginning. */
import { francAll } from 'franc-min';

/** Characters that are looked at; the library takes no more. */
export const LOOKED_AT = 2_048;
/** Letters below which nothing is said: names and headings are of any language. */
const FEWEST_LETTERS = 40;
/** Lead over the next language below which it is anybody's guess, as for a log or a key. */
const LEAST_LEAD = 0.01;
/** What BCP 47 has for a language that is not known. */
const UNKNOWN_LANGUAGE = 'und';

export interface Language {
  /** BCP 47: `de`, `zh`; `und` when it cannot be told. */
  readonly language: string;
  /** Lead over the next best language, 0 to 1: 1 where the script alone tells; null for none. */
  readonly lead: number | null;
}

const UNKNOWN: Language = { language: UNKNOWN_LANGUAGE, lead: null };

/** By how often three letters stand together: a guess that is right for prose of some sentences, and always the same. */
export const languageOf = (text: string): Language => {
  const letters = text.slice(0, LOOKED_AT).match(/\p{L}/gu)?.length ?? 0;
  if (letters < FEWEST_LETTERS) return UNKNOWN;
  const [best, next] = francAll(text.slice(0, LOOKED_AT));
  const lead = 1 - (next?.[1] ?? 0);
  if (best === undefined || best[0] === UNKNOWN_LANGUAGE || lead < LEAST_LEAD) return UNKNOWN;
  // Of three letters, as ISO 639-3 has them, to two where there are two.
  const [language = UNKNOWN_LANGUAGE] = Intl.getCanonicalLocales(best[0]);
  return { language, lead: Math.round(lead * 1000) / 1000 };
};
