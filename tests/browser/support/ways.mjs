// The two ways in which everything people do is done.
import { test } from 'node:test';
import { asVisitor, keyboard, mouse } from './browser.mjs';

export const ways = [
  { script: true, hands: mouse },
  { script: false, hands: keyboard },
];

/** One test with script and mouse, one without script and by keyboard alone. */
export function bothWays(browserOf, name, work) {
  for (const { script, hands } of ways) {
    test(`${name}, ${script ? 'with' : 'without'} JavaScript, ${hands.name}`, () =>
      asVisitor(browserOf(), { script }, (page, visitor) => work(page, hands, visitor)));
  }
}
