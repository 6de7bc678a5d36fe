// The ways back into an account that an operator opens.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { asVisitor, keyboard, mouse, openBrowser } from './support/browser.mjs';
import { half, totp, withTotp } from './support/factors.mjs';
import { startDev } from './support/protekt.mjs';
import { renewal, requireNewPassword } from './support/recovery_states.mjs';
import { allowAs, fillLogin, inApp, toLogin } from './support/steps.mjs';

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

  test(`Back, a second tab and a handle that is over are no dead ends, ${script ? 'with' : 'without'} JavaScript`, () =>
    asVisitor(browser, { script }, async (page) => {
      const person = await renewal(dev, page);
      const address = page.url();
      const other = await page.context().newPage();
      await other.goto(address);
      await other.locator('#renewal-form').waitFor();
      await page.fill('[name=password]', NEW);
      await page.click('#renewal-form .btn');
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
