// Every state of every page: accessible, sound, light, and not wider than its window.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { asVisitor, openBrowser } from './support/browser.mjs';
import { examine, screenshots, weigh } from './support/examine.mjs';
import { changeRows, forgetTries, root, startDev, startInstallation } from './support/protekt.mjs';
import { settings, states } from './support/states.mjs';
import { signIn, toLogin } from './support/steps.mjs';

let dev;
let installation;
let browser;
before(async () => {
  [dev, installation, browser] = await Promise.all([startDev(), startInstallation(settings), openBrowser()]);
});
after(async () => { await browser?.close(); await installation?.stop(); await dev?.stop(); });

// The developer inbox is not part of an installation.
const isWeighed = ({ isDemo, template }) => !isDemo && !template.startsWith('pages/inbox');
const only = process.env.STATE;

test('the empty inbox is sound', () =>
  asVisitor(browser, {}, async (page) => {
    await page.goto(`${dev.issuer}/dev/inbox`);
    await examine(page, 'inbox-empty');
  }));

/** What a page says of itself where one template makes several. */
const kindOf = (page) => page.locator('#error-page, #verify-outcome, #reset-over, #recover-outcome')
  .evaluate(({ dataset }) => dataset.error ?? dataset.outcome);

for (const state of states.filter(({ name }) => !only || name.includes(only))) {
  test(`${state.name} is sound`, () =>
    asVisitor(browser, state.options ?? {}, async (page, visitor) => {
      let status;
      page.on('response', (response) => {
        if (response.request().isNavigationRequest()) status = response.status();
      });
      forgetTries(dev);
      // Demo accounts keep the language of their first sign-in, which was in another state.
      if (state.options?.locale) changeRows(dev, 'UPDATE users SET locale = NULL');
      await state.open(state.isElsewhere ? installation : dev, visitor);
      if (!state.isHeld) await page.waitForLoadState();
      if (state.status) assert.equal(status, state.status);
      if (state.kind) assert.equal(await kindOf(page), state.kind);
      const direction = state.name.endsWith('right-to-left') ? 'rtl' : 'ltr';
      if (!state.isDemo) assert.equal(await page.locator('html').getAttribute('dir'), direction);
      if (isWeighed(state)) await weigh(visitor, state.name);
      await examine(page, state.name, state);
    }));
}

test('the examination finds what is wrong', () =>
  asVisitor(browser, {}, async (page) => {
    await page.setContent('<input style="width: 500px"><p style="color: #999">pale</p>');
    const error = await examine(page, 'unsound').then(() => null, (found) => found);
    for (const one of ['no lang', 'no title', 'axe', 'color-contrast', 'too wide at 320', 'form issue']) {
      assert.ok(JSON.stringify(error?.actual).includes(one), one);
    }
  }));

test('every template of a page is among the states', () => {
  const templates = readdirSync(join(root, 'templates/pages')).map((name) => `pages/${name}`);
  const shown = new Set(states.map(({ template }) => template));
  assert.deepEqual(templates.filter((template) => !shown.has(template)), []);
  assert.equal(new Set(states.map(({ name }) => name)).size, states.length, 'a name is there twice');
});

test('every kind of a page that one template makes is among the states', () => {
  const kinds = (file, from) => {
    const names = readFileSync(join(root, file), 'utf8').split(from)[1].split('const fn name')[1].split('\n    }\n')[0];
    return [...names.matchAll(/=> "([\w-]+)"/g)].map(([, name]) => name);
  };
  const all = {
    'pages/status.html': kinds('src/http/views/errors.rs', 'impl StatusKind'),
    'pages/password_link_over.html': kinds('src/http/views/reset_password.rs', 'impl ResetLinkOver'),
    'pages/recover_outcome.html': kinds('src/http/views/recover.rs', 'impl RecoveryOutcomeKind'),
    'pages/verify_outcome.html': kinds('src/http/views/verify_email.rs', 'impl VerifyOutcome'),
  };
  for (const [template, names] of Object.entries(all)) {
    assert.ok(names.length > 3, `${template}: ${names}`);
    const shown = new Set(states.filter((state) => state.template === template).map(({ kind }) => kind));
    assert.deepEqual(names.filter((name) => !shown.has(name)), [], template);
  }
});

test('style and script are as light as they have to be', async () => {
  const bytes = (path) => statSync(join(root, path)).size;
  assert.ok(bytes('static/css/protekt.css') <= 24_000);
  assert.ok(bytes('static/js/protekt.js') <= 5_000);
  await asVisitor(browser, {}, async (page, { loaded }) => {
    await signIn(dev, page, dev.ada, { options: { prompt: 'consent' } });
    await page.locator('#consent-form').waitFor();
    const html = await page.content();
    const parts = [html, ...['static/css/protekt.css', 'static/js/protekt.js', 'static/img/icon.svg', 'static/img/rosette.svg']
      .map((path) => readFileSync(join(root, path)))];
    const packed = parts.reduce((sum, part) => sum + gzipSync(part).length, 0);
    assert.ok(packed <= 16 * 1024, `${packed} bytes`);
    assert.ok(loaded);
  });
});

test('forced colours and large text lose nothing', () =>
  asVisitor(browser, { forcedColors: 'active' }, async (page) => {
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ forcedColors: 'active', colorScheme });
      await toLogin(dev, page);
      const edges = await page.evaluate(() => ['#username', '#login-submit', '#remember'].map((selector) => {
        const style = getComputedStyle(document.querySelector(selector));
        return { selector, width: style.borderTopWidth, kind: style.borderTopStyle, appearance: style.appearance };
      }));
      for (const { selector, width, kind, appearance } of edges) {
        const isSeen = (kind !== 'none' && parseFloat(width) >= 1) || appearance === 'auto';
        assert.ok(isSeen, `${selector} has no edge in forced colours`);
      }
      await page.focus('#username');
      const ring = await page.evaluate(() => getComputedStyle(document.querySelector('#username')).outlineStyle);
      assert.notEqual(ring, 'none');
      await page.screenshot({ path: join(screenshots, `login-forced-${colorScheme}-1280.png`) });
    }
    // 200 % zoom of 1280 px is a window of 640 px; text spacing as in WCAG 1.4.12.
    await page.setViewportSize({ width: 640, height: 450 });
    await page.evaluate(() => {
      for (const element of document.querySelectorAll('body, body *')) {
        Object.assign(element.style, { lineHeight: '1.5', letterSpacing: '.12em', wordSpacing: '.16em' });
      }
    });
    const { scrollWidth, clientWidth } = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return { scrollWidth, clientWidth };
    });
    assert.ok(scrollWidth <= clientWidth);
  }));

test('reduced motion is obeyed', () =>
  asVisitor(browser, { reducedMotion: 'reduce' }, async (page) => {
    await toLogin(dev, page);
    const moving = await page.evaluate(() => [...document.querySelectorAll('*')].filter((element) => {
      const style = getComputedStyle(element);
      const seconds = [style.animationDuration, style.transitionDuration].flatMap((text) => text.split(','));
      return seconds.some((text) => parseFloat(text) > 0.05);
    }).map((element) => element.outerHTML.slice(0, 80)));
    assert.deepEqual(moving, []);
  }));
