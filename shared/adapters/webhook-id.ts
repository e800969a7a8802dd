/** Ids of webhooks. The first character of one says in which of its tenant's places it is, so that it is found at once. */
import { MAX_WEBHOOKS_PER_TENANT } from '../domain/webhook.ts';

const WEBHOOK_ID = /^whk_(\d)[0-9a-hjkmnp-tv-z]{26}$/;

/** In the order in which they are filled. */
export const WEBHOOK_PLACES: readonly number[] = Array.from(
  { length: MAX_WEBHOOKS_PER_TENANT },
  (_, place) => place,
);

/** `random` are 128 bits, as `Random.id` gives them. */
export const webhookId = (place: number, random: string): string => `whk_${place}${random}`;

/** Undefined for a text that is no id of a webhook. */
export const placeOfWebhook = (id: string): number | undefined => {
  const place = WEBHOOK_ID.exec(id)?.[1];
  return place === undefined ? undefined : Number(place);
};
