// Every page in the other languages: longer words, and the way from right to left. Where one template
// has several states the first is enough; STATE=login looks at all that have that in their name.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { asVisitor, openBrowser } from './support/browser.mjs';
import { examine } from './support/examine.mjs';
import { changeRows, forgetTries, startDev, startInstallation } from './support/protekt.mjs';
import { settings, states } from './support/states.mjs';

let dev;
let installation;
let browser;
before(async () => {
  [dev, installation, browser] = await Promise.all([startDev(), startInstallation(settings), openBrowser()]);
});
after(async () => { await browser?.close(); await installation?.stop(); await dev?.stop(); });

const only = process.env.STATE;
const isOurs = ({ name, isDemo }) => !isDemo && !name.endsWith('right-to-left');
const isFirst = ({ template }, index, all) => all.findIndex((other) => other.template === template) === index;
const looked = states.filter(isOurs).filter((state, ...more) => (only ? state.name.includes(only) : isFirst(state, ...more)));

/** Whether a page lies behind the sign-in, where a partial language gives way to a complete one. */
const isBehind = (page) => {
  const { pathname, searchParams } = new URL(page.url());
  // A mail leads there without a sign-in.
  if (/^\/account\/(restore|email\/undo|security\/undo)$/.test(pathname)) return false;
  return /^\/(account|admin|dev)(\/|$)/.test(pathname) && !searchParams.has('flow');
};

for (const [locale, direction] of [['de', 'ltr'], ['ar', 'rtl']]) {
  for (const state of looked) {
    test(`${state.name} is sound in ${locale}`, () =>
      asVisitor(browser, { ...state.options, locale }, async (page, visitor) => {
        forgetTries(dev);
        // Demo accounts keep the language of their first sign-in, which was in another test.
        changeRows(dev, 'UPDATE users SET locale = NULL');
        await state.open(state.isElsewhere ? installation : dev, visitor);
        if (!state.isHeld) await page.waitForLoadState();
        const { lang, dir } = await page.locator('html').evaluate(({ lang: l, dir: d }) => ({ lang: l, dir: d }));
        const expected = isBehind(page) && locale === 'ar' ? ['en', 'ltr'] : [locale, direction];
        assert.deepEqual([lang, dir], expected);
        await examine(page, `${state.name}-${locale}`, { ...state, isBrief: true });
      }));
  }
}
