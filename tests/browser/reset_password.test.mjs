// A forgotten password, from the app and back into it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { asVisitor, keyboard, mouse, openBrowser } from './support/browser.mjs';
import { mailTo, startDev } from './support/protekt.mjs';
import {
  allowAs, enterCode, fillLogin, forgot, resetLink, resetLinkTo, signedUp, stranger, toLogin,
} from './support/steps.mjs';

let dev;
let browser;
before(async () => { [dev, browser] = await Promise.all([startDev(), openBrowser()]); });
after(async () => { await browser?.close(); await dev?.stop(); });

const NEW = 'harbour-violet-53-tractor';
const over = (page, name) => page.locator(`#reset-over[data-outcome=${name}]`).waitFor();

for (const script of [true, false]) {
  const how = script ? 'with JavaScript' : 'without JavaScript';

  for (const hands of [mouse, keyboard]) {
    test(`forget it in the app's way, choose a new one, be in the app, ${how}, ${hands.name}`, () =>
      asVisitor(browser, { script }, async (page) => {
        const { person, mail } = await signedUp(dev, page);
        await enterCode(page, mail.code);
        await page.locator('#consent-form').waitFor();
        await page.context().clearCookies();
        await toLogin(dev, page);
        await hands.press(page, '.after a');
        await hands.fill(page, '[name=email]', person.email);
        await hands.press(page, '#forgot-form .btn');
        await page.locator('#reset-sent').waitFor();
        assert.match(await page.locator('main').innerText(), new RegExp(person.email));
        const link = await resetLinkTo(dev, person.email);
        await page.goto(link);
        assert.ok(!page.url().includes('token'), page.url());
        await hands.fill(page, '[name=password]', NEW);
        await hands.press(page, '#reset-form .btn');
        await allowAs(page, person);
      }));
  }

  test(`a link opened in another browser signs in there, and the old sessions are over, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      const { person, mail } = await signedUp(dev, page);
      await enterCode(page, mail.code);
      await page.locator('#consent-form').waitFor();
      await forgot(dev, page, person.email);
      const link = await resetLinkTo(dev, person.email);
      await asVisitor(browser, { script }, async (other) => {
        await other.goto(link);
        await other.fill('[name=password]', NEW);
        await other.click('#reset-form .btn');
        await other.waitForURL('**/account');
      });
      await page.goto(`${dev.issuer}/account`);
      await page.locator('#login-form').waitFor();
      await fillLogin(page, person);
      await page.click('#login-submit');
      await page.locator('#errors').waitFor();
      await fillLogin(page, { ...person, password: NEW });
      await page.click('#login-submit');
      await page.waitForURL('**/account');
      const mails = await Promise.all([1, 2, 3].map((count) => mailTo(dev, person.email, count)));
      assert.ok(mails.some(({ subject }) => subject.includes('password was changed')));
    }));

  test(`Back after the new password says what became of the link, and leads on, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      const { person, mail } = await signedUp(dev, page);
      await enterCode(page, mail.code);
      await page.locator('#consent-form').waitFor();
      await page.context().clearCookies();
      await toLogin(dev, page);
      await page.click('.after a');
      await page.fill('[name=email]', person.email);
      await page.click('#forgot-form .btn');
      await page.locator('#reset-sent').waitFor();
      await page.goto(await resetLinkTo(dev, person.email));
      await page.fill('[name=password]', NEW);
      await page.click('#reset-form .btn');
      await page.locator('#consent-form').waitFor();
      await page.goBack();
      await over(page, 'used');
      await page.click('.switch a');
      await allowAs(page, person);
    }));

  test(`links of two accounts in two tabs: the earlier one is still good, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      const [first, second] = [await resetLink(dev, page), await resetLink(dev, page)];
      await page.goto(first.link);
      const other = await page.context().newPage();
      await other.goto(second.link);
      await page.fill('[name=password]', NEW);
      await page.click('#reset-form .btn');
      await over(page, 'elsewhere');
      await other.close();
      await page.goto(first.link);
      await page.fill('[name=password]', NEW);
      await page.click('#reset-form .btn');
      await page.waitForURL('**/account');
    }));

  test(`a double click, and the link once more: no dead end, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      const { link } = await resetLink(dev, page);
      await page.goto(link);
      await page.fill('[name=password]', '12345678');
      await page.click('#reset-form .btn');
      await page.locator('#errors').waitFor();
      await page.fill('[name=password]', NEW);
      await page.dblclick('#reset-form .btn');
      await page.locator('#sign-out, #reset-over').waitFor();
      await page.goto(`${dev.issuer}/account`);
      await page.locator('#sign-out').waitFor();
      await page.goto(link);
      await over(page, 'used');
      await page.click('main a.btn');
      await page.locator('#forgot-form').waitFor();
    }));

  test(`an address that nobody has gets the same page, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      const { email } = stranger();
      await forgot(dev, page, email);
      await page.click('#resend-form .btn');
      await page.locator('#reset-sent').waitFor();
      assert.match(await page.locator('main').innerText(), new RegExp(`If there is an account for .?${email}`));
    }));
}
