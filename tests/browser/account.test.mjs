// What people do with their own account, from beginning to end.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { asVisitor, openBrowser } from './support/browser.mjs';
import { atHome } from './support/factors.mjs';
import { changeRows, countRows, mailTo, root, startDev } from './support/protekt.mjs';
import { allowAs, fillLogin, forgot, inApp, linkTo, signIn, signInAtHome, stranger, toLogin } from './support/steps.mjs';
import { bothWays as bothWaysIn, ways } from './support/ways.mjs';

let dev;
let browser;
before(async () => { [dev, browser] = await Promise.all([startDev(), openBrowser()]); });
after(async () => { await browser?.close(); await dev?.stop(); });

const bothWays = (name, work) => bothWaysIn(() => browser, name, work);

/** Runs `work` in a second browser of the same person's. */
const elsewhere = (work) => asVisitor(browser, {}, work);

const open = (page, path) => page.goto(`${dev.issuer}${path}`);
const number = () => `+4930${Math.floor(Math.random() * 9e7 + 1e7)}`;
const notice = (page) => page.locator('.alert.good[role=status]').first().waitFor();
const isSignedOut = async (page) => {
  await open(page, '/account');
  await page.locator('#login-form').waitFor();
};

bothWays('a profile is filled in, with a picture and a language', async (page, hands) => {
  const person = await atHome(dev, page);
  await open(page, '/account/profile');
  await page.setInputFiles('#picture', join(root, 'docs/images/login.png'));
  await hands.press(page, '#picture-form .btn');
  await page.locator('img.face').waitFor();
  const picture = await page.locator('img.face').evaluate((image) => ({ width: image.naturalWidth, url: image.src }));
  assert.ok(picture.width > 0, 'the picture is not shown');
  assert.ok(picture.url.startsWith(dev.issuer), picture.url);
  const username = `Sam ${person.email.split('@')[0]}`;
  await hands.fill(page, '[name=given_name]', 'Sam');
  await hands.fill(page, '[name=username]', username);
  await page.selectOption('#locale', 'de');
  await hands.press(page, '#profile-form .btn');
  await notice(page);
  assert.equal(await page.locator('html').getAttribute('lang'), 'de');
  assert.equal(await page.locator('[name=given_name]').inputValue(), 'Sam');
  await hands.press(page, '#picture-remove .btn');
  await page.locator('img.face').waitFor({ state: 'detached' });
  await page.context().clearCookies();
  await open(page, '/login');
  await fillLogin(page, { ...person, email: username }, hands);
  await hands.press(page, '#login-submit');
  await page.waitForURL('**/account');
});

bothWays('a password is changed after it was asked for once more', async (page, hands) => {
  const person = await atHome(dev, page);
  await elsewhere(async (other) => {
    await signInAtHome(dev, other, person);
    changeRows(dev, 'UPDATE sessions SET proved_at = 0');
    await open(page, '/account/security');
    await hands.press(page, '[href="/account/password"]');
    await page.locator('#proof-form').waitFor();
    await hands.fill(page, '[name=password]', 'not this one');
    await hands.press(page, '#proof-submit');
    await page.locator('#errors').waitFor();
    await hands.fill(page, '[name=password]', person.password);
    await hands.press(page, '#proof-submit');
    await page.locator('#password-form').waitFor();
    await hands.fill(page, '[name=password]', 'amber-canoe-whistles-77');
    await hands.press(page, '#password-form button.btn:not(.alt)');
    await notice(page);
    await isSignedOut(other);
  });
  await page.context().clearCookies();
  await signInAtHome(dev, page, { ...person, password: 'amber-canoe-whistles-77' });
});

bothWays('an address is changed, and its owner takes the account back elsewhere', async (page, hands) => {
  const person = await atHome(dev, page);
  const { email } = stranger();
  await open(page, '/account/profile');
  await hands.press(page, '[href="/account/email"]');
  await hands.fill(page, '[name=email]', email);
  await hands.press(page, '#email-form button.btn');
  await page.locator('#code-form').waitFor();
  const { code } = await mailTo(dev, email);
  await hands.fill(page, '[name=code]', code === '111111' ? '222222' : '111111');
  await hands.press(page, '#code-form .btn');
  await page.locator('#errors').waitFor();
  await hands.fill(page, '[name=code]', code);
  await hands.press(page, '#code-form .btn');
  await notice(page);
  const link = await linkTo(dev, person.email, '/account/email/undo');
  await elsewhere(async (other) => {
    await other.goto(link);
    await other.locator('#return-form').waitFor();
    await hands.press(other, '#return-form .btn');
    await other.locator('#email-return[data-outcome=done]').waitFor();
    await isSignedOut(page);
    // Neither the old password nor the new address opens the account any more.
    for (const login of [email, person.email]) {
      await open(page, '/login');
      await fillLogin(page, { ...person, email: login }, hands);
      await hands.press(page, '#login-submit');
      await page.locator('#errors').waitFor();
    }
    await forgot(dev, other, person.email);
    await other.goto(await linkTo(dev, person.email, '/password/reset', 8));
    await hands.fill(other, '[name=password]', 'copper-lantern-drifts-19');
    await hands.press(other, '#reset-form button.btn');
    await other.waitForURL('**/account');
  });
});

bothWays('devices are signed out: one of them, then all others', async (page, hands) => {
  const person = await atHome(dev, page);
  await elsewhere(async (second) => {
    await signInAtHome(dev, second, person);
    await open(page, '/account/sessions');
    assert.equal(await page.locator('.items li').count(), 2);
    await hands.press(page, '.items form .btn');
    await notice(page);
    assert.equal(await page.locator('.items li').count(), 1);
    await isSignedOut(second);
    await signInAtHome(dev, second, person);
    await open(page, '/account/sessions');
    await hands.press(page, '#sign-out-others .btn');
    await notice(page);
    await isSignedOut(second);
    await open(page, '/account');
    await page.locator('h1').waitFor();
    assert.equal(await page.locator('#login-form').count(), 0);
  });
});

bothWays('an app is allowed, seen and sent away, and has to ask again', async (page, hands) => {
  const person = await atHome(dev, page);
  await toLogin(dev, page);
  await allowAs(page, person);
  await open(page, '/account/apps');
  await hands.press(page, '.items a');
  await hands.press(page, '#remove-form .btn');
  await notice(page);
  assert.equal(await page.locator('.items li').count(), 0);
  await page.goto(dev.demo);
  await page.click('#refresh');
  await page.locator('#refreshed').waitFor({ timeout: 3_000 }).then(
    () => assert.fail('the app still has its access'),
    () => {},
  );
  await toLogin(dev, page);
  await page.locator('#consent-form').waitFor();
});

bothWays('"Not me" signs everything else out and leads to a new password', async (page, hands) => {
  const person = await atHome(dev, page);
  await elsewhere(async (other) => {
    await signInAtHome(dev, other, person);
    await open(page, '/account/activity');
    await hands.press(page, '#activity-form .btn');
    await page.locator('#password-form').waitFor();
    await isSignedOut(other);
  });
  await hands.fill(page, '[name=password]', 'amber-canoe-whistles-77');
  await hands.press(page, '#password-form button.btn:not(.alt)');
  await notice(page);
});

bothWays('a copy of the data is downloaded', async (page, hands) => {
  const person = await atHome(dev, page);
  await open(page, '/account/data');
  const [download] = await Promise.all([page.waitForEvent('download'), hands.press(page, '#export-form .btn')]);
  assert.match(download.suggestedFilename(), /\.json$/);
  const copy = readFileSync(await download.path(), 'utf8');
  assert.ok(JSON.parse(copy) && copy.includes(person.email), copy.slice(0, 200));
  assert.ok(!copy.includes('argon2'), 'a password’s hash is in the copy');
});

bothWays('an account is deleted, kept by signing in, deleted again and kept by the mail', async (page, hands) => {
  const person = await atHome(dev, page);
  const leave = async () => {
    await open(page, '/account/data');
    await hands.press(page, '[href="/account/delete"]');
    await hands.fill(page, '[name=confirm]', 'yes');
    await hands.press(page, '#delete-form button.btn');
    await page.locator('#errors').waitFor();
    await hands.fill(page, '[name=confirm]', person.email);
    await hands.press(page, '#delete-form button.btn');
    await page.locator('#leaving').waitFor();
    await isSignedOut(page);
  };
  await leave();
  const first = await linkTo(dev, person.email, '/account/restore', 8);
  await open(page, '/login');
  await fillLogin(page, person, hands);
  await hands.press(page, '#login-submit');
  await page.locator('#restore-form').waitFor();
  await hands.press(page, '#restore-form .btn');
  await page.waitForURL('**/account**');
  await notice(page);
  await leave();
  await elsewhere(async (other) => {
    // The first link went with the first deletion.
    await other.goto(first);
    await other.locator('#leaving').waitFor();
    const second = await newLink(person.email, first);
    await other.goto(second);
    await hands.press(other, '#restore-form .btn');
    await other.locator('#leaving[data-outcome=kept]').waitFor();
  });
  await signInAtHome(dev, page, person);
});

/** The link of a second deletion. */
async function newLink(email, first) {
  for (let count = 1; count <= 8; count += 1) {
    const { link } = await mailTo(dev, email, count);
    if (link?.includes('/account/restore') && link !== first) return link;
  }
  throw new Error(`no second link to ${email}`);
}

for (const { script } of ways) {
  const how = script ? 'with JavaScript' : 'without JavaScript';

  test(`a page of the account that was open too long loses nothing, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      await atHome(dev, page);
      await open(page, '/account/profile');
      await page.locator('#profile-form [name=csrf]').evaluate((input) => { input.value = 'old'; });
      await page.fill('[name=nickname]', 'Sammy');
      await page.click('#profile-form .btn');
      await page.locator('#form-expired').waitFor();
      assert.equal(await page.locator('[name=nickname]').inputValue(), 'Sammy');
      await page.click('#profile-form .btn');
      await page.locator('.alert.good').waitFor();
      assert.equal(await page.locator('[name=nickname]').inputValue(), 'Sammy');
    }));

  test(`a double click changes a password once, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      const person = await atHome(dev, page);
      await open(page, '/account/password');
      await page.fill('[name=password]', 'amber-canoe-whistles-77');
      await page.dblclick('#password-form button.btn:not(.alt)');
      await page.locator('main h1').waitFor();
      await page.context().clearCookies();
      await signInAtHome(dev, page, { ...person, password: 'amber-canoe-whistles-77' });
      const changes = `SELECT COUNT(*) FROM audit_events JOIN users ON users.id = user_id
        WHERE kind = 'password_changed' AND outcome = 'success' AND email = ?`;
      assert.equal(countRows(dev, changes, person.email), 1);
      const told = "SELECT COUNT(*) FROM outbox WHERE template = 'password_changed' AND recipient = ?";
      assert.equal(countRows(dev, told, person.email), 1);
    }));

  test(`a form of a tab whose session ended elsewhere leads to the sign-in and back, ${how}`, () =>
    asVisitor(browser, { script }, async (page, visitor) => {
      const person = await atHome(dev, page);
      await open(page, '/account/profile');
      const tab = await visitor.newPage();
      await open(tab, '/account');
      await tab.click('#sign-out button');
      await tab.locator('main h1').waitFor();
      await page.fill('[name=nickname]', 'Sammy');
      await page.click('#profile-form .btn');
      await page.locator('#login-form').waitFor();
      await fillLogin(page, person);
      await page.click('#login-submit');
      await page.locator('#profile-form').waitFor();
    }));

  test(`of two tabs with different addresses the last one counts, ${how}`, () =>
    asVisitor(browser, { script }, async (page, visitor) => {
      await atHome(dev, page);
      const [first, second] = [stranger(), stranger()];
      await open(page, '/account/email');
      await page.fill('[name=email]', first.email);
      await page.click('#email-form button.btn');
      await page.locator('#code-form').waitFor();
      const old = (await mailTo(dev, first.email)).code;
      const tab = await visitor.newPage();
      await open(tab, '/account/email');
      await tab.click('#cancel-form button');
      await tab.fill('[name=email]', second.email);
      await tab.click('#email-form button.btn');
      await tab.locator('#code-form').waitFor();
      const { code } = await mailTo(dev, second.email);
      // This tab still shows the first address; its code is of no use, and the page says for which
      // address another one is awaited.
      if (old !== code) {
        await page.fill('[name=code]', old);
        await page.click('#code-form .btn');
        await page.locator('#errors').waitFor();
      }
      assert.match(await page.locator('main').innerText(), new RegExp(old === code ? first.email : second.email));
      await page.fill('[name=code]', code);
      await page.click('#code-form .btn');
      await notice(page);
      const has = (email) => countRows(dev, 'SELECT COUNT(*) FROM users WHERE email = ?', email);
      assert.deepEqual([has(first.email), has(second.email)], [0, 1]);
      await tab.reload();
      await tab.locator('#email-form').waitFor();
    }));

  test(`of two tabs with different numbers the last one is verified, by its own code, ${how}`, () =>
    asVisitor(browser, { script }, async (page, visitor) => {
      const person = await atHome(dev, page);
      const [first, second] = [number(), number()];
      const begin = async (tab, phone) => {
        await open(tab, '/account/profile');
        await tab.fill('[name=phone_number]', phone);
        await tab.click('#profile-form .btn');
        await notice(tab);
        await tab.click('#phone-state a');
        await tab.click('#send-form button.btn');
        await tab.locator('#code-form').waitFor();
        return (await mailTo(dev, phone)).code;
      };
      const old = await begin(page, first);
      const tab = await visitor.newPage();
      const code = await begin(tab, second);
      const verified = 'SELECT COUNT(*) FROM users WHERE email = ? AND phone_number = ? AND phone_number_verified_at IS NOT NULL';
      if (old !== code) {
        await page.fill('[name=code]', old);
        await page.click('#code-form button.btn');
        await page.locator('#errors').waitFor();
        assert.equal(countRows(dev, verified, person.email, second), 0);
      }
      await page.fill('[name=code]', code);
      await page.click('#code-form button.btn');
      await page.locator('#phone-state .on').waitFor();
      assert.equal(countRows(dev, verified, person.email, second), 1);
    }));

  test(`Back after a change, and the form again, leads on, ${how}`, () =>
    asVisitor(browser, { script }, async (page) => {
      await atHome(dev, page);
      const { email } = stranger();
      await open(page, '/account/email');
      await page.fill('[name=email]', email);
      await page.click('#email-form button.btn');
      await page.locator('#code-form').waitFor();
      const { code } = await mailTo(dev, email);
      await page.fill('[name=code]', code);
      await page.click('#code-form .btn');
      await notice(page);
      await page.goBack();
      await page.locator('#code-form, #email-form, #profile-form').first().waitFor();
      if (await page.locator('#code-form').count()) {
        await page.fill('[name=code]', code);
        await page.click('#code-form .btn');
        await page.locator('#email-form, #profile-form, #errors').first().waitFor();
      }
    }));
}

test('an app that was removed is asked about anew, and then works again', () =>
  asVisitor(browser, {}, async (page) => {
    const person = await atHome(dev, page);
    await toLogin(dev, page);
    await allowAs(page, person);
    await open(page, '/account/apps');
    await page.click('.items a');
    await page.click('#remove-form .btn');
    await notice(page);
    await page.context().clearCookies();
    await signIn(dev, page, person);
    await page.click('#consent-allow');
    await inApp(page);
  }));
