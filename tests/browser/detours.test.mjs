// What people do beside the straight way. None of it may end where nothing leads on.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { asVisitor, openBrowser } from './support/browser.mjs';
import { countRows, startDev } from './support/protekt.mjs';
import {
  enterApp, fillLogin, inApp, json, signIn, signInAtHome, toLogin,
} from './support/steps.mjs';
import { ways } from './support/ways.mjs';

let dev;
let browser;
before(async () => { [dev, browser] = await Promise.all([startDev(), openBrowser()]); });
after(async () => { await browser?.close(); await dev?.stop(); });

const email = async (page) => (await json(page, '#id-token-claims')).email;

/** A page of ours that offers at least one way on, or the app. */
async function leadsOn(page) {
  await page.locator('main').waitFor();
  const ways = page.locator('main a[href], main button, .bar button');
  assert.ok(await ways.count() > 0, `a dead end: ${page.url()}`);
}

for (const { script, hands } of ways) {
  const how = `${script ? 'with' : 'without'} JavaScript, ${hands.name}`;

  test(`two tabs are independent, ${how}`, () =>
    asVisitor(browser, { script }, async (page, visitor) => {
      const second = await visitor.newPage();
      await toLogin(dev, page, { prompt: 'consent' });
      await toLogin(dev, second, { prompt: 'consent' });
      await fillLogin(page, dev.ada, hands);
      await hands.press(page, '#login-submit');
      await page.locator('#consent-form').waitFor();
      // The other tab still shows the form, while this browser is signed in.
      await fillLogin(second, dev.ada, hands);
      await hands.press(second, '#login-submit');
      await hands.press(second, '#consent-allow');
      await inApp(second);
      await hands.press(page, '#consent-allow');
      await inApp(page);
    }));

  test(`Back after the sign-in leads on, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      await enterApp(dev, page, dev.ada, { options: { prompt: 'consent' } });
      for (let steps = 0; steps < 3; steps += 1) {
        await page.goBack({ waitUntil: 'load' }).catch(() => {});
        await page.waitForTimeout(150);
        if (page.url() === 'about:blank') break;
        await leadsOn(page);
      }
      await page.goto(dev.demo);
      await inApp(page);
    }));

  test(`Back to the sign-in form, and signing in again, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      await signIn(dev, page, dev.ada, { options: { prompt: 'consent' } });
      await page.locator('#consent-form').waitFor();
      await page.goBack();
      // With script the page asks where the flow is; without it the form is simply used again.
      await page.locator('#consent-form, #login-form').waitFor();
      if (await page.locator('#login-form').count()) {
        await fillLogin(page, dev.grace, hands);
        await hands.press(page, '#login-submit');
      }
      await hands.press(page, '#consent-allow');
      await inApp(page);
    }));

  // Without script it is the browser that asks whether to send the form again.
  if (script) {
    test(`Back and Reload after a refused form lead on, ${how}`, () =>
      asVisitor(browser, { script }, async (page) => {
        await toLogin(dev, page, { prompt: 'consent' });
        await fillLogin(page, { ...dev.ada, password: 'not hers' }, hands);
        await hands.press(page, '#login-submit');
        await page.locator('#errors').waitFor();
        await page.reload();
        await page.locator('#login-form').waitFor();
        assert.equal(await page.locator('#errors').count(), 0, 'the form was sent once more');
        await fillLogin(page, { ...dev.ada, password: 'not hers' }, hands);
        await hands.press(page, '#login-submit');
        await page.locator('#errors').waitFor();
        await fillLogin(page, dev.ada, hands);
        await hands.press(page, '#login-submit');
        await page.locator('#consent-form').waitFor();
        await page.goBack();
        await page.locator('#consent-form').waitFor();
        await hands.press(page, '#consent-allow');
        await inApp(page);
        await page.goto(`${dev.issuer}/account/password`);
        await hands.fill(page, '[name=password]', 'password');
        await hands.press(page, '#password-form button.btn');
        await page.locator('#errors').waitFor();
        await page.reload();
        await page.locator('#password-form').waitFor();
        assert.equal(await page.locator('#errors').count(), 0, 'the form was sent once more');
      }));
  }

  test(`a double click signs in and allows once, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      const times = (kind) => countRows(dev, "SELECT COUNT(*) FROM audit_events WHERE kind = ? AND outcome = 'success'", kind);
      const before = [times('signed_in'), times('consent_given')];
      await toLogin(dev, page, { prompt: 'consent' });
      await fillLogin(page, dev.ada, hands);
      await page.dblclick('#login-submit');
      await page.locator('#consent-form').waitFor();
      await page.dblclick('#consent-allow');
      await page.locator('#signed-in, main h1').first().waitFor();
      await leadsOn(page);
      assert.deepEqual([times('signed_in'), times('consent_given')], before.map((count) => count + 1));
      // Whatever is shown, the app is one click away at most.
      if (!await page.locator('#signed-in').count()) await toLogin(dev, page);
      await inApp(page);
    }));

  test(`a form that is no longer valid offers to start again, and keeps the name, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      await toLogin(dev, page);
      await page.locator('#login-form [name=csrf]').evaluate((input) => { input.value = 'old'; });
      await fillLogin(page, dev.ada, hands);
      await hands.press(page, '#login-submit');
      await page.locator('#error-page[data-error=form_expired]').waitFor();
      await hands.press(page, '#start-again');
      await page.locator('#login-form').waitFor();
      assert.equal(await page.locator('[name=username]').inputValue(), dev.ada.email);
      await hands.fill(page, '[name=password]', dev.ada.password);
      await hands.press(page, '#login-submit');
      await page.locator('#consent-form, #signed-in').waitFor();
    }));

  test(`a browser that keeps no cookies is told so, ${how}`, () =>
    asVisitor(browser, { script }, async (page, visitor) => {
      await toLogin(dev, page);
      await visitor.context.clearCookies();
      await fillLogin(page, dev.ada, hands);
      await hands.press(page, '#login-submit');
      await page.locator('#error-page[data-error=cookies_off]').waitFor();
      await hands.press(page, 'main a.btn');
      await page.locator('#login-form').waitFor();
    }));

  test(`prompt=login asks for the password again, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      await enterApp(dev, page, dev.ada, { options: { prompt: 'consent' } });
      await toLogin(dev, page, { prompt: 'login' });
      assert.match(await page.locator('main').innerText(), new RegExp(dev.ada.email));
      assert.equal(await page.locator('[name=username]').isEditable(), false);
      await hands.fill(page, '[name=password]', 'wrong');
      await hands.press(page, '#login-submit');
      await page.locator('#errors').waitFor();
      await hands.fill(page, '[name=password]', dev.ada.password);
      await hands.press(page, '#login-submit');
      await inApp(page);
    }));

  test(`who is asked again and cancels is back in the app, and still signed in, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      await enterApp(dev, page, dev.ada, { options: { prompt: 'consent' } });
      await toLogin(dev, page, { prompt: 'login' });
      await hands.press(page, '#cancel-form button');
      await page.locator('#demo-error[data-error=access_denied]').waitFor();
      await page.goto(`${dev.issuer}/account`);
      assert.match(await page.locator('main').innerText(), new RegExp(dev.ada.email));
    }));

  test(`"Not you?" lets somebody else sign in, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      await enterApp(dev, page, dev.ada, { options: { prompt: 'consent' } });
      await toLogin(dev, page, { prompt: 'login' });
      await hands.press(page, '.id .link');
      await fillLogin(page, dev.grace, hands);
      await hands.press(page, '#login-submit');
      await page.locator('#consent-form, #signed-in').waitFor();
      if (await page.locator('#consent-form').count()) await hands.press(page, '#consent-allow');
      await inApp(page);
      assert.equal(await email(page), dev.grace.email);
    }));

  test(`"Switch account" on the consent page, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      await signIn(dev, page, dev.ada, { options: { prompt: 'consent' } });
      await page.locator('#consent-form').waitFor();
      await hands.press(page, '.id .link');
      await fillLogin(page, dev.grace, hands);
      await hands.press(page, '#login-submit');
      await hands.press(page, '#consent-allow');
      await inApp(page);
      assert.equal(await email(page), dev.grace.email);
    }));

  test(`choosing an account, removing one, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      await signInAtHome(dev, page, dev.grace, true);
      await hands.press(page, '#sign-out .link');
      await page.locator('#logged-out').waitFor();
      await signInAtHome(dev, page, dev.ada, true);
      await toLogin(dev, page, { prompt: 'select_account' });
      assert.equal(await page.locator('#select-account .person').count(), 2);
      // The one that is signed in goes straight on.
      await hands.press(page, '#select-account .person >> nth=0');
      await page.locator('#consent-form, #signed-in').waitFor();
      // The other one has to prove itself; its name is filled in.
      await toLogin(dev, page, { prompt: 'select_account' });
      await hands.press(page, '#select-account .person >> nth=1');
      await page.locator('#login-form').waitFor();
      assert.equal(await page.locator('[name=username]').inputValue(), dev.grace.email);
      // Another account begins with an empty name.
      await toLogin(dev, page, { prompt: 'select_account' });
      await hands.press(page, '#select-account button >> nth=2');
      assert.equal(await page.locator('[name=username]').inputValue(), '');
      await toLogin(dev, page, { prompt: 'select_account' });
      await hands.press(page, 'details summary');
      await hands.press(page, 'details button >> nth=1');
      await page.locator('#select-account').waitFor();
      assert.equal(await page.locator('#select-account .person').count(), 1);
    }));

  test(`the account, and signing out by the confirm page, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      await page.goto(`${dev.issuer}/account`);
      await signInAtHome(dev, page, dev.grace);
      assert.match(await page.locator('main').innerText(), /Grace Hopper/);
      await page.goto(`${dev.issuer}/logout`);
      await hands.press(page, '#logout-stay');
      await page.waitForURL('**/account');
      await page.goto(`${dev.issuer}/logout`);
      await hands.press(page, '#logout-submit');
      await page.locator('#logged-out').waitFor();
      await leadsOn(page);
      await page.goto(`${dev.issuer}/account`);
      await page.locator('#login-form').waitFor();
    }));
}

test('what was typed wrong too often waits, with a way to know how long', () =>
  asVisitor(browser, {}, async (page) => {
    await page.goto(`${dev.issuer}/login`);
    for (let tries = 0; tries < 12; tries += 1) {
      await fillLogin(page, { email: 'nobody@example.com', password: `wrong ${tries}` });
      const [answer] = await Promise.all([
        page.waitForResponse((response) => response.request().method() === 'POST' && response.request().isNavigationRequest()),
        page.click('#login-submit'),
      ]);
      await page.locator('#errors').waitFor();
      if (answer.status() === 429) {
        assert.match(await page.locator('#errors').innerText(), /Wait \d+ minutes?/);
        return;
      }
      assert.equal(answer.status(), 422);
    }
    assert.fail('never asked to wait');
  }));

test('a remembered device keeps its cookies when the browser closes', () =>
  asVisitor(browser, {}, async (page, { context }) => {
    await signInAtHome(dev, page, dev.ada, true);
    const cookies = await context.cookies();
    assert.ok(cookies.some((cookie) => cookie.expires > Date.now() / 1000 + 20 * 86_400));
    assert.ok(cookies.every((cookie) => cookie.httpOnly && cookie.sameSite === 'Lax'));
  }));
