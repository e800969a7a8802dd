import { expect, it } from 'vitest';
import { dayOf } from '../../../web/words.ts';

it.each([
  ['2024-03-16T12:00:00Z', '2024-03-16'],
  ["D:20100316120000+01'00'", '2010-03-16'],
  ['D:20100316', '2010-03-16'],
  ['D:201003', '2010-03'],
  ['D:2010', '2010'],
  ['D:unknown', 'D:unknown'],
])('of a document that says it was made %s, the day is %s', (said, day) => {
  expect(dayOf(said)).toBe(day);
});
