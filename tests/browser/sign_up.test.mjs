// Creating an account, from the app and back into it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { asVisitor, keyboard, mouse, openBrowser, visit } from './support/browser.mjs';
import { mailTo, startDev } from './support/protekt.mjs';
import {
  allowAs, enterCode, fillLogin, fillSignUp, inApp, signedUp, signUp, stranger, toLogin,
} from './support/steps.mjs';

let dev;
let browser;
before(async () => { [dev, browser] = await Promise.all([startDev(), openBrowser()]); });
after(async () => { await browser?.close(); await dev?.stop(); });

const outcome = (page, name) => page.locator(`#verify-outcome[data-outcome=${name}]`).waitFor();

/** Does something in another browser. */
const elsewhere = (options, work) => asVisitor(browser, options, work);

for (const script of [true, false]) {
  const how = script ? 'with JavaScript' : 'without JavaScript';
  const hands = script ? mouse : keyboard;

  for (const hands of [mouse, keyboard]) {
    test(`sign up, take the code from the inbox, be in the app, ${how}, ${hands.name}`, () =>
      asVisitor(browser, { script }, async (page, visitor) => {
        const person = stranger();
        await signUp(dev, page, person, hands);
        assert.match(await page.locator('main').innerText(), new RegExp(person.email));
        await mailTo(dev, person.email);
        const inbox = await visitor.newPage();
        await inbox.goto(`${dev.issuer}/dev/inbox`);
        await inbox.locator('#inbox a').first().click();
        const code = await inbox.locator('[data-code]').innerText();
        await enterCode(page, code, hands);
        await allowAs(page, person);
      }));
  }

  test(`the link in the same browser leads into the app, ${how}`, () =>
    asVisitor(browser, { script }, async (page, visitor) => {
      const { person, mail } = await signedUp(dev, page);
      const second = await visitor.newPage();
      await second.goto(mail.link);
      await hands.press(second, '#verify-confirm .btn');
      await allowAs(second, person);
      // The first window is no dead end either.
      await page.reload();
      await page.locator('main a, main button, .bar button').first().waitFor();
    }));

  test(`the link in another browser verifies only; the first window goes on, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      const { person, mail } = await signedUp(dev, page);
      await elsewhere({ script }, async (other) => {
        await other.goto(mail.link);
        assert.match(await other.locator('main').innerText(), new RegExp(person.email));
        await hands.press(other, '#verify-confirm .btn');
        await outcome(other, 'verified');
        await other.goto(`${dev.issuer}/account`);
        await other.locator('#login-form').waitFor();
      });
      await page.reload();
      await allowAs(page, person);
    }));

  test(`the code goes on as well after the link was used elsewhere, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      const { person, mail } = await signedUp(dev, page);
      await elsewhere({ script }, async (other) => {
        await other.goto(mail.link);
        await hands.press(other, '#verify-confirm .btn');
        await outcome(other, 'verified');
      });
      await enterCode(page, mail.code, hands);
      await allowAs(page, person);
    }));

  test(`of two windows that sign up with one address either goes on, ${how}`, () =>
    asVisitor(browser, { script }, async (older, visitor) => {
      const { person } = await signedUp(dev, older);
      const newer = await visitor.newPage();
      await signUp(dev, newer, person);
      const mail = await mailTo(dev, person.email, 2);
      await enterCode(older, mail.code, hands);
      await allowAs(older, person);
      // The other window leads on as well, and so does the code there.
      await hands.fill(newer, '[name=code]', mail.code);
      await hands.press(newer, '#verify-form .btn');
      await newer.locator('main a, main button, .bar button').first().waitFor();
      assert.equal(await newer.locator('#errors').count(), 0);
      await newer.goto(`${dev.issuer}/account`);
      assert.match(await newer.locator('main').innerText(), new RegExp(person.email));
    }));

  test(`a window of another browser that is out of date says how to go on, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      const { person } = await signedUp(dev, page);
      await elsewhere({ script }, async (other) => {
        await signUp(dev, other, person);
        const mail = await mailTo(dev, person.email, 2);
        await page.reload();
        await outcome(page, 'begun-again');
        await hands.press(page, '#begin-again');
        await page.locator('#signup-form').waitFor();
        await enterCode(other, mail.code, hands);
        await allowAs(other, person);
      });
    }));

  test(`"This was not me" removes the account, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      const { person, mail } = await signedUp(dev, page);
      await elsewhere({ script }, async (other) => {
        await other.goto(mail.link);
        await hands.press(other, '#verify-not-me .btn');
        await outcome(other, 'removed');
      });
      await enterCode(page, mail.code, hands);
      await page.locator('main a, main button, .bar button').first().waitFor();
      assert.equal(await page.locator('#consent-form, #signed-in').count(), 0);
      await toLogin(dev, page);
      await hands.fill(page, '[name=username]', person.email);
      await hands.fill(page, '[name=password]', person.password);
      await hands.press(page, '#login-submit');
      await page.locator('#errors').waitFor();
    }));

  test(`a known address gets the same page, and a mail that says so, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      const known = { ...stranger(), email: dev.ada.email };
      await signUp(dev, page, known);
      const mail = await mailTo(dev, dev.ada.email, script ? 1 : 2);
      assert.match(mail.subject, /already have an account/);
      assert.equal(mail.code, undefined);
      const words = (text, email) => text.replaceAll(email, '').replace(/\s+/g, ' ');
      const knownPage = words(await page.locator('main').innerText(), known.email);
      await enterCode(page, '000000');
      const knownError = words(await page.locator('main').innerText(), known.email);
      await elsewhere({ script }, async (other) => {
        const { person } = await signedUp(dev, other);
        assert.equal(words(await other.locator('main').innerText(), person.email), knownPage);
        await enterCode(other, '000000');
        await other.locator('#errors').waitFor();
        assert.equal(words(await other.locator('main').innerText(), person.email), knownError);
      });
      // Who remembers the account by then signs in, and is in the app.
      await hands.press(page, '#sign-in');
      await fillLogin(page, dev.ada, hands);
      await hands.press(page, '#login-submit');
      await page.locator('#consent-form, #signed-in').waitFor();
    }));

  test(`a wrong code, then the right one with a space in it, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      const { person, mail } = await signedUp(dev, page);
      await enterCode(page, mail.code === '000000' ? '000001' : '000000');
      await page.locator('#errors:focus').waitFor();
      assert.equal(await page.locator('[name=code]').getAttribute('aria-invalid'), 'true');
      await hands.fill(page, '[name=code]', '');
      await hands.press(page, '#verify-form .btn');
      await page.locator('#errors').waitFor();
      await enterCode(page, `${mail.code.slice(0, 3)} ${mail.code.slice(3)}`);
      await allowAs(page, person);
    }));

  test(`a new code at once is too soon; the old one still works, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      const { person, mail } = await signedUp(dev, page);
      const [answer] = await Promise.all([
        page.waitForResponse((response) => response.request().method() === 'POST'),
        hands.press(page, '#resend-form .btn'),
      ]);
      assert.equal(answer.status(), 429);
      assert.ok(Number(answer.headers()['retry-after']) > 0);
      await page.locator('#errors').waitFor();
      await enterCode(page, mail.code, hands);
      await allowAs(page, person);
    }));

  test(`fields that are missing or too weak are named, and nothing typed is lost, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      await toLogin(dev, page);
      await hands.press(page, '.switch a');
      await hands.press(page, '#signup-form .btn');
      await page.locator('#errors:focus').waitFor();
      assert.equal(await page.locator('#errors li').count(), 3);
      const person = stranger();
      await fillSignUp(page, { ...person, password: '12345678' });
      await hands.press(page, '#signup-form .btn');
      await page.locator('#new-password-err').waitFor();
      assert.equal(await page.locator('[name=name]').inputValue(), person.name);
      assert.equal(await page.locator('[name=email]').inputValue(), person.email);
      assert.equal(await page.locator('[name=password]').inputValue(), '');
    }));
}

// One minute has to pass between two mails: these wait it out side by side.
test('a new code, and another address', async (t) => {
  const waiting = [];
  for (const script of [true, false]) {
    for (const kind of ['resend', 'change']) {
      const visitor = await visit(browser, { script });
      waiting.push({ script, kind, visitor, ...await signedUp(dev, visitor.page) });
    }
  }
  await new Promise((resolve) => { setTimeout(resolve, 61_000); });
  for (const { script, kind, visitor, person, mail } of waiting) {
    const how = script ? 'with JavaScript' : 'without JavaScript';
    const { page } = visitor;
    if (kind === 'resend') {
      await t.test(`a new code replaces the old one, ${how}`, async () => {
        await page.click('#resend-form .btn');
        await page.locator('[role=status]').first().waitFor();
        const second = await mailTo(dev, person.email, 2);
        if (second.code !== mail.code) {
          await enterCode(page, mail.code);
          await page.locator('#errors').waitFor();
        }
        await asVisitor(browser, { script }, async (other) => {
          await other.goto(mail.link);
          await outcome(other, 'superseded');
        });
        await enterCode(page, second.code);
        await allowAs(page, person);
      });
    } else {
      await t.test(`a mistyped address can be corrected, ${how}`, async () => {
        const right = { ...person, email: `right-${person.email}` };
        await page.click('details summary');
        await page.fill('#change-address-form [name=email]', 'nonsense');
        await page.click('#change-address-form .btn');
        await page.locator('#email-err').waitFor();
        await page.fill('#change-address-form [name=email]', right.email);
        await page.click('#change-address-form .btn');
        await page.locator('[role=status]').first().waitFor();
        const { code } = await mailTo(dev, right.email);
        await enterCode(page, code);
        await allowAs(page, right);
      });
    }
    await visitor.close();
  }
});

test('an account that was left unverified is none yet, and signing up again finishes it', () =>
  asVisitor(browser, {}, async (page) => {
    const { person } = await signedUp(dev, page);
    await elsewhere({}, async (other) => {
      await toLogin(dev, other);
      await other.fill('[name=username]', person.email);
      await other.fill('[name=password]', person.password);
      await other.click('#login-submit');
      await other.locator('#errors').waitFor();
      assert.match(await other.locator('main').innerText(), /create the account again/);
      await other.click('a[href^="/signup"]');
      await other.fill('[name=name]', person.name);
      await other.fill('[name=email]', person.email);
      await other.fill('[name=password]', person.password);
      await other.click('#signup-form button:not([type=button])');
      await other.locator('#verify-form').waitFor();
      const mail = await mailTo(dev, person.email, 2);
      await enterCode(other, mail.code);
      await other.click('#consent-allow');
      await inApp(other);
    });
  }));
