// Second factors from beginning to end.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { asVisitor, keyboard, mouse, openBrowser } from './support/browser.mjs';
import {
  addPasskey, atHome, half, ledToSetUp, newestCode, setUpTotp, totp, virtualAuthenticator,
} from './support/factors.mjs';
import { changeRows, startDev, startInstallation } from './support/protekt.mjs';
import { allowAs, fillLogin, linkTo, signInAtHome, toLogin } from './support/steps.mjs';

let dev;
let installation;
let browser;
before(async () => {
  const settings = '[email]\nprovider = "none"\n[accounts]\nemail_verification = false\n';
  [dev, installation, browser] = await Promise.all([startDev(), startInstallation(settings), openBrowser()]);
});
after(async () => { await browser?.close(); await installation?.stop(); await dev?.stop(); });

for (const script of [true, false]) {
  test(`who has to set up a second step is led there and back, ${script ? 'with' : 'without'} JavaScript`, () =>
    asVisitor(browser, { script }, async (page) => {
      await ledToSetUp(installation, page);
      await keyboard.press(page, '#factor-totp a');
      const key = await page.locator('#key').textContent();
      await keyboard.fill(page, '[name=code]', totp(key));
      await keyboard.press(page, '#totp-form button.btn');
      await page.locator('#codes').waitFor();
      await keyboard.press(page, '#saved');
      await page.waitForURL('**/account/profile');
      await page.locator('#profile-form').waitFor();
    }));
}

for (const script of [true, false]) {
  for (const hands of [mouse, keyboard]) {
    const how = `${script ? 'with' : 'without'} JavaScript, ${hands.name}`;
    test(`set up an app, save the codes, sign in to the demo with both, ${how}`, () =>
      asVisitor(browser, { script }, async (page) => {
        const person = await atHome(dev, page);
        await page.goto(`${dev.issuer}/account/security`);
        await hands.press(page, '#factor-totp a');
        const key = await page.locator('#key').textContent();
        await hands.fill(page, '[name=code]', totp(key));
        await hands.press(page, '#totp-form button.btn');
        await page.locator('#codes').waitFor();
        const codes = await page.locator('#codes li').allTextContents();
        assert.equal(codes.length, 10);
        const file = decodeURIComponent(await page.locator('#download').getAttribute('href'));
        assert.ok(codes.every((code) => file.includes(code)), file);
        await hands.press(page, '#saved');
        await page.locator('#factor-backup').waitFor();
        await page.context().clearCookies();
        await toLogin(dev, page);
        await fillLogin(page, person, hands);
        await hands.press(page, '#login-submit');
        await page.locator('#mfa-form').waitFor();
        await hands.fill(page, '[name=code]', totp(key, 1));
        await hands.press(page, '#mfa-submit');
        await allowAs(page, person);
        await half(dev, page, person);
        await hands.press(page, 'details summary');
        await hands.press(page, '[value=backup]');
        await page.waitForURL('**/login/mfa/backup**');
        await hands.fill(page, '[name=code]', codes[0].toLowerCase());
        await hands.press(page, '#mfa-submit');
        await page.waitForURL('**/account?done=backup-code');
        assert.match(await page.locator('#few-codes').textContent(), /9 backup codes left/);
      }));
  }
}

for (const script of [true, false]) {
  test(`a double click and a reload at the end of a set-up lose no codes, ${script ? 'with' : 'without'} JavaScript`, () =>
    asVisitor(browser, { script }, async (page) => {
      await atHome(dev, page);
      await page.goto(`${dev.issuer}/account/2fa/totp`);
      const key = await page.locator('#key').textContent();
      await page.fill('[name=code]', totp(key));
      // The answers are slow, so that both clicks fall on the form.
      await page.route('**/account/2fa/totp', async (route) => {
        if (route.request().method() === 'POST') await new Promise((done) => setTimeout(done, 400));
        await route.continue().catch(() => {});
      });
      await page.dblclick('#totp-form button.btn');
      await page.locator('#codes, #renew-form').first().waitFor();
      await page.unrouteAll({ behavior: 'ignoreErrors' });
      if (await page.locator('#codes').count()) {
        const lost = await page.locator('#codes li').allTextContents();
        await page.reload();
        await page.locator('#renew-form').waitFor();
        assert.match(await page.locator('main').textContent(), /Your second step is on/);
        await page.click('#renew-form button.btn');
        await page.locator('#codes').waitFor();
        const codes = await page.locator('#codes li').allTextContents();
        assert.ok(codes.length === 10 && codes.every((code) => !lost.includes(code)), codes.join());
      } else {
        await page.click('#renew-form button.btn');
        await page.locator('#codes').waitFor();
      }
      await page.click('#saved');
      await page.locator('#factor-totp').waitFor();
      assert.doesNotMatch(await page.locator('main').textContent(), /took too long/);
    }));
}

test('a passkey is added, is the second factor, and then the whole sign-in to the demo', () =>
  asVisitor(browser, {}, async (page) => {
    const authenticator = await virtualAuthenticator(page);
    const person = await atHome(dev, page);
    await addPasskey(dev, page);
    const { credentials } = await authenticator.credentials();
    assert.equal(credentials.length, 1);
    assert.equal(credentials[0].isResidentCredential, true);
    await authenticator.isPresent(false);
    await half(dev, page, person);
    await authenticator.isPresent(true);
    await page.click('#mfa-submit');
    await page.waitForURL('**/account');
    await page.context().clearCookies();
    await toLogin(dev, page);
    // The list under the name field asks by itself; the virtual authenticator answers at once.
    await page.locator('#consent-form, #passkey-login').first().waitFor();
    await page.click('#passkey-login .btn', { timeout: 5000 }).catch(() => {});
    await allowAs(page, person);
  }));

// The script knows that the page is too old, or the server alone does: a laptop may have slept.
for (const isKnown of [true, false]) {
  test(`a page that asks for a passkey may stand open, and one more click is enough, ${isKnown ? 'after six minutes' : 'without waiting'}`, () =>
    asVisitor(browser, {}, async (page) => {
      let minutes = 0;
      const late = async (button) => {
        minutes += 6;
        const ended = 'UPDATE passkey_ceremonies SET expires_at = 1';
        if (isKnown) await page.clock.setFixedTime(Date.now() + minutes * 60_000);
        else assert.ok(changeRows(dev, ended) > 0);
        await page.click(button);
        await page.locator('#errors').waitFor();
        assert.match(await page.locator('#errors').textContent(), /This page was open too long/);
      };
      const authenticator = await virtualAuthenticator(page);
      const person = await atHome(dev, page);
      const add = '#passkey-form .btn:not(.alt)';
      await page.goto(`${dev.issuer}/account/passkeys/new`);
      await page.fill('[name=name]', 'Blue key');
      await late(add);
      assert.equal(await page.inputValue('[name=name]'), 'Blue key');
      const { credentials } = await authenticator.credentials();
      assert.equal(credentials.length, isKnown ? 0 : 1, 'none is made that nobody takes');
      await page.click(add);
      await page.locator('#codes').waitFor();
      await authenticator.isPresent(false);
      await half(dev, page, person);
      await authenticator.isPresent(true);
      await late('#mfa-submit');
      await page.click('#mfa-submit');
      await page.waitForURL('**/account');
    }));
}

test('the list of passkeys is asked for anew before its ceremony ends', () =>
  asVisitor(browser, {}, async (page) => {
    const authenticator = await virtualAuthenticator(page);
    await atHome(dev, page);
    await addPasskey(dev, page);
    await authenticator.isPresent(false);
    await page.context().clearCookies();
    // A ceremony that lives for one second, where five minutes are the rule.
    let begun = 0;
    await page.route('**/login/passkey/begin', async (route) => {
      const response = await route.fetch();
      begun += 1;
      await route.fulfill({ response, json: { ...await response.json(), lifetime: 1 } });
    });
    await page.goto(`${dev.issuer}/login`);
    await page.focus('#username');
    const ended = Date.now() + 10_000;
    while (begun < 3 && Date.now() < ended) await page.waitForTimeout(100);
    assert.ok(begun >= 3, `${begun} ceremonies`);
    // Whoever picks a passkey now answers the last one.
    await authenticator.isPresent(true);
    await page.waitForURL('**/account');
  }));

/** What is set up, and the code that it gives next. */
const secondSteps = {
  async 'an app'(page) {
    const { key } = await setUpTotp(dev, page);
    return () => totp(key, 1);
  },
  async 'codes by mail'(page, person) {
    await page.goto(`${dev.issuer}/account/2fa/email`);
    await page.click('#begin-form button.btn');
    const first = await newestCode(dev, person);
    await page.fill('[name=code]', first);
    await page.click('#code-form button.btn');
    await page.locator('#codes').waitFor();
    changeRows(dev, 'UPDATE one_time_codes SET sent_at = sent_at - 61');
    return () => newestCode(dev, person, first);
  },
};

for (const script of [true, false]) {
  for (const [step, setUp] of Object.entries(secondSteps)) {
    test(`Back and a second tab lead on: a half sign-in is no dead end, with ${step}, ${script ? 'with' : 'without'} JavaScript`, () =>
      asVisitor(browser, { script }, async (page) => {
        const person = await atHome(dev, page);
        const nextCode = await setUp(page, person);
        await half(dev, page, person);
        const waiting = page.url();
        const tab = await page.context().newPage();
        await tab.goto(waiting);
        await tab.fill('[name=code]', await nextCode());
        await tab.click('#mfa-submit');
        await tab.waitForURL('**/account');
        await page.fill('[name=code]', '123456');
        await page.click('#mfa-submit');
        await page.waitForURL('**/account');
        await page.goBack();
        await page.waitForURL('**/account');
        await page.context().clearCookies();
        await page.goto(waiting);
        await page.locator('#login-form').waitFor();
      }));
  }
}

for (const script of [true, false]) {
  for (const hands of [mouse, keyboard]) {
    const how = `${script ? 'with' : 'without'} JavaScript, ${hands.name}`;
    test(`somebody else's app is taken away by the link of its mail, and the account is its owner's, ${how}`, () =>
      asVisitor(browser, { script }, async (page) => {
        const person = await atHome(dev, page);
        await asVisitor(browser, { script }, async (thief) => {
          await signInAtHome(dev, thief, person);
          await setUpTotp(dev, thief);
          await page.goto(`${dev.issuer}/account/security`);
          await hands.press(page, '#activity-form li:first-child button');
          await page.locator('#link-sent').waitFor();
          await thief.goto(`${dev.issuer}/account`);
          await thief.locator('#login-form').waitFor();
        });
        await page.goto(await linkTo(dev, person.email, '/account/security/undo'));
        await hands.press(page, '#undo-form .btn');
        await page.locator('#factor-undo[data-outcome=done]').waitFor();
        await hands.press(page, '#factor-undo .btn');
        await hands.fill(page, '[name=email]', person.email);
        await hands.press(page, '#forgot-form button.btn');
        await page.locator('#reset-sent').waitFor();
        await page.goto(await linkTo(dev, person.email, '/password/reset', 8));
        await hands.fill(page, '[name=password]', 'copper-lantern-drifts-19');
        await hands.press(page, '#reset-form button.btn');
        await page.waitForURL('**/account');
      }));
  }
}
