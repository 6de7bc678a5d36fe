// The demo flow, from the app and back: with and without JavaScript, by mouse and by keyboard.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { asVisitor, focusOrder, keyboard, mouse, openBrowser } from './support/browser.mjs';
import { startDev } from './support/protekt.mjs';
import { enterApp, fillLogin, inApp, json, signIn, toLogin } from './support/steps.mjs';

let dev;
let browser;
before(async () => { [dev, browser] = await Promise.all([startDev(), openBrowser()]); });
after(async () => { await browser?.close(); await dev?.stop(); });

for (const script of [true, false]) {
  const how = script ? 'with JavaScript' : 'without JavaScript';

  for (const hands of [mouse, keyboard]) {
    test(`the whole demo flow, ${how}, ${hands.name}`, () =>
      asVisitor(browser, { script }, async (page) => {
        await page.goto(dev.demo);
        await hands.press(page, '#sign-in');
        await page.locator('#login-form').waitFor();
        await fillLogin(page, dev.ada, hands);
        await hands.press(page, '#login-submit');
        // Asked once a person; the second round has been allowed before.
        await page.locator('#consent-form, #signed-in').waitFor();
        if (await page.locator('#consent-form').count()) await hands.press(page, '#consent-allow');
        await inApp(page);
        assert.equal(page.url(), `${dev.demo}/`);

        const claims = await json(page, '#id-token-claims');
        assert.equal(claims.iss, `${dev.issuer}/`);
        assert.equal(claims.sub, '01DEV0ADA00000000000000000');
        assert.equal(claims.email, dev.ada.email);
        assert.equal(claims.email_verified, true);
        const { keys } = await (await fetch(`${dev.issuer}/.well-known/jwks.json`)).json();
        const kid = await page.locator('#id-token-kid').innerText();
        assert.ok(keys.some((key) => key.kid === kid));
        const access = await json(page, '#access-token-claims');
        assert.equal(access.client_id, 'demo-app');

        await hands.press(page, '#call-userinfo');
        assert.equal((await json(page, '#userinfo')).name, 'Ada Lovelace');
        await hands.press(page, '#refresh');
        assert.equal(await page.locator('#refresh-token-changed').innerText(), 'changed');
        assert.equal(await page.locator('#access-token-changed').innerText(), 'changed');

        await hands.press(page, '#sign-out');
        await page.locator('#signed-out').waitFor();
        await page.goto(`${dev.issuer}/account`);
        await page.locator('#login-form').waitFor();
      }));
  }

  test(`response_mode=form_post, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      await signIn(dev, page, dev.grace, { options: { response_mode: 'form_post', prompt: 'consent' } });
      await page.locator('#consent-allow').click();
      if (!script) await page.locator('button#hand-back').click();
      await inApp(page);
      assert.equal((await json(page, '#id-token-claims')).email, dev.grace.email);
    }));

  test(`a refusal is told by the app, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      await signIn(dev, page, dev.grace, { options: { prompt: 'consent' } });
      await (script ? mouse : keyboard).press(page, '#consent-deny');
      await page.locator('#demo-error[data-error=access_denied]').waitFor();
    }));

  test(`a wrong password keeps the name and says what is wrong, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      await signIn(dev, page, { email: dev.ada.email, password: 'wrong' });
      await page.locator('#errors:focus').waitFor();
      assert.equal(await page.locator('[name=username]').inputValue(), dev.ada.email);
      assert.equal(await page.locator('[name=password]').inputValue(), '');
      assert.match(await page.title(), /^Error: /);
      await page.locator('#errors a').click();
      await page.locator('[name=username]:focus, [name=password]:focus').waitFor();
      await page.fill('[name=password]', dev.ada.password);
      await page.click('#login-submit');
      await page.locator('#consent-form, #signed-in').waitFor();
    }));
}

test('the focus goes through a page as it is read', () =>
  asVisitor(browser, {}, async (page) => {
    await toLogin(dev, page);
    assert.deepEqual(await focusOrder(page), [
      'Skip to main content', 'username', 'current-password', 'Show password', 'Forgot your password?', 'remember',
      'login-submit', 'Sign in with a passkey', 'Create an account',
    ]);
    await page.goto(page.url());
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.locator('#username:focus').waitFor();
    await fillLogin(page, dev.grace);
    await page.click('#login-submit');
    await page.locator('#consent-form, #signed-in').waitFor();
    await toLogin(dev, page, { prompt: 'consent' });
    assert.deepEqual(await focusOrder(page), [
      'Skip to main content', 'Switch account', 'consent-deny', 'consent-allow',
    ]);
  }));

test('Show and Hide, and the note on Caps Lock', () =>
  asVisitor(browser, {}, async (page) => {
    await toLogin(dev, page);
    await page.fill('[name=password]', 'something');
    const type = () => page.locator('[name=password]').getAttribute('type');
    await page.click('.reveal');
    assert.equal(await type(), 'text');
    assert.equal(await page.locator('.reveal').getAttribute('aria-pressed'), 'true');
    await page.click('.reveal');
    assert.equal(await type(), 'password');
    assert.equal(await page.locator('#caps').isVisible(), false);
  }));

test('an app that was allowed before is entered without a question', () =>
  asVisitor(browser, {}, async (page) => {
    await enterApp(dev, page, dev.grace, { options: { prompt: 'consent' } });
    await page.click('#sign-out-here');
    await page.locator('#signed-out').waitFor();
    await page.click('#sign-in');
    await inApp(page);
  }));
