// The ways back into an account that an operator opens.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { asVisitor, keyboard, mouse, openBrowser } from './support/browser.mjs';
import { half, totp, withTotp } from './support/factors.mjs';
import { startDev } from './support/protekt.mjs';
import { approved, renewal, requireNewPassword } from './support/recovery_states.mjs';
import { allowAs, fillLogin, inApp, linkTo, toLogin } from './support/steps.mjs';

let dev;
let browser;
before(async () => { [dev, browser] = await Promise.all([startDev(), openBrowser()]); });
after(async () => { await browser?.close(); await dev?.stop(); });

const NEW = 'harbour-violet-53-tractor';

for (const script of [true, false]) {
  for (const hands of [mouse, keyboard]) {
    const how = `${script ? 'with' : 'without'} JavaScript, ${hands.name}`;

    test(`a password that has to go is replaced on the way to the app, ${how}`, () =>
      asVisitor(browser, { script }, async (page) => {
        const { person, key } = await withTotp(dev, page);
        requireNewPassword(dev, person.email);
        await page.context().clearCookies();
        await toLogin(dev, page);
        await fillLogin(page, person, hands);
        await hands.press(page, '#login-submit');
        await page.locator('#mfa-form').waitFor();
        await hands.fill(page, '[name=code]', totp(key, 1));
        await hands.press(page, '#mfa-submit');
        await page.locator('#renewal-form').waitFor();
        await hands.fill(page, '[name=password]', person.password);
        await hands.press(page, '#renewal-form .btn');
        await page.locator('#errors').waitFor();
        await hands.fill(page, '[name=password]', NEW);
        await hands.press(page, '#renewal-form .btn');
        await allowAs(page, person);
        await half(dev, page, { ...person, password: NEW });
      }));
  }

  for (const hands of [mouse, keyboard]) {
    const how = `${script ? 'with' : 'without'} JavaScript, ${hands.name}`;

    test(`who has no second step any more says so, and who has one stops it, ${how}`, () =>
      asVisitor(browser, { script }, async (page) => {
        const { person, key } = await withTotp(dev, page);
        await asVisitor(browser, { script }, async (other) => {
          await half(dev, other, person);
          await hands.press(other, 'details summary');
          await hands.press(other, '#none-of-these');
          await other.locator('#recover-form').waitFor();
          await hands.fill(other, '[name=email]', person.email);
          await hands.press(other, '#recover-form .btn');
          await other.locator('[data-outcome=sent]').waitFor();
          await other.goto(await linkTo(dev, person.email, '/recover/request'));
          assert.ok(!other.url().includes('token'), other.url());
          await hands.press(other, '#reason-form .btn');
          await other.locator('#errors').waitFor();
          await hands.fill(other, '[name=reason]', 'My phone fell into the harbour.');
          await hands.press(other, '#reason-form .btn');
          await other.locator('[data-outcome=recorded]').waitFor();
          await other.goto(`${dev.issuer}/recover/request`);
          await other.locator('[data-outcome=waiting]').waitFor();
        });
        await page.goto(`${dev.issuer}/account/security`);
        await hands.press(page, '#recovery .btn');
        await page.locator('#notice').waitFor();
        assert.equal(await page.locator('#recovery').count(), 0);
        await half(dev, page, person);
        await page.fill('[name=code]', totp(key, 1));
        await page.click('#mfa-submit');
        await page.waitForURL('**/account');
      }));

    test(`one click in a mail stops it in any browser, ${how}`, () =>
      asVisitor(browser, { script }, async (page) => {
        const { stop } = await approved(dev, page);
        await asVisitor(browser, { script }, async (other) => {
          await other.goto(stop);
          assert.ok(!other.url().includes('token'), other.url());
          await hands.press(other, '#stop-form .btn');
          await other.locator('[data-outcome=stopped]').waitFor();
          await other.goto(stop);
          await other.locator('[data-outcome=late]').waitFor();
        });
        await page.goto(`${dev.issuer}/account/security`);
        assert.equal(await page.locator('#recovery').count(), 0);
      }));
  }

  test(`Back, a second tab and a handle that is over are no dead ends, ${script ? 'with' : 'without'} JavaScript`, () =>
    asVisitor(browser, { script }, async (page) => {
      const person = await renewal(dev, page);
      const address = page.url();
      const other = await page.context().newPage();
      await other.goto(address);
      await other.locator('#renewal-form').waitFor();
      await page.fill('[name=password]', NEW);
      await page.click('#renewal-form .btn');
      await page.locator('#consent-form').waitFor();
      await page.goBack();
      await page.locator('#consent-form').waitFor();
      await allowAs(page, person);
      await other.fill('[name=password]', 'yet another 41 lanterns');
      await other.click('#renewal-form .btn');
      await other.locator('#already-continue, #sign-out').first().waitFor();
      await other.goto(address);
      assert.equal(await other.locator('#renewal-form').count(), 0);
      await other.close();
      await page.context().clearCookies();
      await page.goto(address);
      await page.locator('#login-form').waitFor();
      await fillLogin(page, { ...person, password: NEW });
      await page.click('#login-submit');
      await page.waitForURL('**/account');
      await toLogin(dev, page);
      await inApp(page);
    }));
}
