// Every second step, from setting it up to taking it away, and what asks for it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { asVisitor, keyboard, mouse, openBrowser } from './support/browser.mjs';
import {
  addPasskey, atHome, half, halfWithTotp, newestCode, setUpTotp, totp, virtualAuthenticator, withTotp,
} from './support/factors.mjs';
import { changeRows, mailTo, startDev } from './support/protekt.mjs';
import { allowAs, fillLogin, inApp, json, toLogin } from './support/steps.mjs';
import { bothWays as bothWaysIn } from './support/ways.mjs';

const MFA = 'urn:protekt:acr:mfa';

let dev;
let browser;
before(async () => { [dev, browser] = await Promise.all([startDev(), openBrowser()]); });
after(async () => { await browser?.close(); await dev?.stop(); });

const bothWays = (name, work) => bothWaysIn(() => browser, name, work);
const open = (page, path) => page.goto(`${dev.issuer}${path}`);
const notice = (page) => page.locator('#notice.good').waitFor();
const anotherCode = (code) => (code === '000000' ? '000001' : '000000');
const number = () => `+4930${Math.floor(Math.random() * 9e7 + 1e7)}`;

/** Types a wrong code, then the right one. */
async function wrongThenRight(page, hands, form, code) {
  await hands.fill(page, '[name=code]', anotherCode(code));
  await hands.press(page, `#${form} button.btn`);
  await page.locator('#errors').waitFor();
  await hands.fill(page, '[name=code]', code);
  await hands.press(page, `#${form} button.btn`);
}

async function saveCodes(page, hands) {
  await page.locator('#codes').waitFor();
  await hands.press(page, '#saved');
  await page.locator('#factor-backup').waitFor();
}

/** A minute later, as far as codes that were sent are concerned. */
const aMinuteLater = () => changeRows(dev, 'UPDATE one_time_codes SET sent_at = sent_at - 61');

/** Long enough later that what is grave asks who it is. */
const later = () => changeRows(dev, 'UPDATE sessions SET proved_at = 0');

bothWays('a telephone is set up by a code, and is the second step', async (page, hands) => {
  const person = await atHome(dev, page);
  const phone = number();
  await open(page, '/account/security');
  await hands.press(page, '#factor-sms a');
  await hands.fill(page, '[name=phone]', '12');
  await hands.press(page, '#begin-form button.btn');
  await page.locator('#errors').waitFor();
  await hands.fill(page, '[name=phone]', phone);
  await hands.press(page, '#begin-form button.btn');
  await page.locator('#code-form').waitFor();
  await wrongThenRight(page, hands, 'code-form', (await mailTo(dev, phone)).code);
  await saveCodes(page, hands);
  aMinuteLater();
  await half(dev, page, person);
  await page.locator('#mfa-form').waitFor();
  await wrongThenRight(page, hands, 'mfa-form', (await mailTo(dev, phone, 2)).code);
  await page.waitForURL('**/account');
});

bothWays('codes by mail are set up, sent again, and are the second step', async (page, hands) => {
  const person = await atHome(dev, page);
  await open(page, '/account/security');
  await hands.press(page, '#factor-email a');
  await hands.press(page, '#begin-form button.btn');
  await page.locator('#code-form').waitFor();
  await wrongThenRight(page, hands, 'code-form', await newestCode(dev, person));
  await saveCodes(page, hands);
  aMinuteLater();
  await half(dev, page, person);
  await page.locator('#mfa-form').waitFor();
  const first = await newestCode(dev, person);
  aMinuteLater();
  await hands.press(page, '#resend-form .btn');
  await page.waitForURL('**notice=sent**');
  await hands.fill(page, '[name=code]', first);
  await hands.press(page, '#mfa-submit');
  await page.locator('#errors').waitFor();
  await hands.fill(page, '[name=code]', await newestCode(dev, person, first));
  await hands.press(page, '#mfa-submit');
  await page.waitForURL('**/account');
});

bothWays('a trusted browser is not asked until it is forgotten', async (page, hands) => {
  const { person, key } = await halfWithTotp(dev, page);
  await hands.fill(page, '[name=code]', totp(key, 1));
  await hands.tick(page, '#trust');
  await hands.press(page, '#mfa-submit');
  await page.waitForURL('**/account');
  await hands.press(page, '#sign-out button');
  await page.locator('main h1').waitFor();
  await open(page, '/login');
  await fillLogin(page, person, hands);
  await hands.press(page, '#login-submit');
  await page.waitForURL('**/account');
  await open(page, '/account/security');
  later();
  await hands.press(page, '#forget-browsers .btn');
  await page.locator('#forget-browsers').waitFor({ state: 'detached' });
  await open(page, '/account');
  await hands.press(page, '#sign-out button');
  await page.locator('main h1').waitFor();
  await open(page, '/login');
  await fillLogin(page, person, hands);
  await hands.press(page, '#login-submit');
  await page.waitForURL('**/login/mfa/totp**');
});

bothWays('an app is removed after a proof, and the password alone signs in again', async (page, hands) => {
  const { person } = await withTotp(dev, page);
  later();
  await open(page, '/account/security');
  await hands.press(page, '#factor-totp a');
  await page.locator('#proof-form').waitFor();
  await hands.fill(page, '[name=password]', person.password);
  await hands.press(page, '#proof-submit');
  await page.locator('#remove-form').waitFor();
  await hands.press(page, '#remove-form button.btn');
  await notice(page);
  await page.context().clearCookies();
  await open(page, '/login');
  await fillLogin(page, person, hands);
  await hands.press(page, '#login-submit');
  await page.waitForURL('**/account');
});

bothWays('backup codes are made anew, and the former ones open nothing', async (page, hands) => {
  const { person, codes } = await withTotp(dev, page);
  await open(page, '/account/security');
  await hands.press(page, '#factor-backup a');
  await hands.press(page, '#renew-form button.btn');
  await page.locator('#codes').waitFor();
  const fresh = await page.locator('#codes li').allTextContents();
  assert.equal(new Set([...codes, ...fresh]).size, 20);
  await hands.press(page, '#saved');
  await page.locator('#factor-backup').waitFor();
  await half(dev, page, person);
  await hands.press(page, 'details summary');
  await hands.press(page, '[value=backup]');
  await page.waitForURL('**/login/mfa/backup**');
  await hands.fill(page, '[name=code]', codes[0]);
  await hands.press(page, '#mfa-submit');
  await page.locator('#errors').waitFor();
  await hands.fill(page, '[name=code]', fresh[0]);
  await hands.press(page, '#mfa-submit');
  await page.locator('#few-codes').waitFor();
});

bothWays('who confirms by the second step instead of the password goes on', async (page, hands) => {
  const { key } = await withTotp(dev, page);
  later();
  await open(page, '/account/email');
  await page.locator('#proof-form').waitFor();
  await hands.press(page, '#factor-form button');
  await page.waitForURL('**/login/mfa/totp**');
  await hands.fill(page, '[name=code]', totp(key, 1));
  await hands.press(page, '#mfa-submit');
  await page.locator('#email-form').waitFor();
});

bothWays('an app that asks for more is given it by the second step alone', async (page, hands) => {
  const person = await atHome(dev, page);
  await toLogin(dev, page);
  await allowAs(page, person);
  const { key } = await setUpTotp(dev, page);
  // A session that began without it, as on another day.
  changeRows(dev, "UPDATE sessions SET amr = '[\"pwd\"]', acr = 'urn:protekt:acr:password'");
  await toLogin(dev, page, { acr_values: MFA });
  await page.waitForURL('**/login/mfa/totp**');
  await hands.fill(page, '[name=code]', totp(key, 1));
  await hands.press(page, '#mfa-submit');
  await inApp(page);
  const claims = await json(page, '#id-token-claims');
  assert.equal(claims.acr, MFA);
  assert.ok(claims.amr.includes('otp') && claims.amr.includes('mfa'), JSON.stringify(claims.amr));
});

bothWays('an app that requires a second step leads who has none to it, and goes on', async (page, hands) => {
  const person = await atHome(dev, page);
  await page.context().clearCookies();
  changeRows(dev, "UPDATE clients SET second_factor = 'required'");
  try {
    await toLogin(dev, page);
    await fillLogin(page, person, hands);
    await hands.press(page, '#login-submit');
    await page.locator('#must-set-up').waitFor();
    await hands.press(page, '#factor-totp a');
    const key = await page.locator('#key').textContent();
    await hands.fill(page, '[name=code]', totp(key));
    await hands.press(page, '#totp-form button.btn');
    await page.locator('#codes').waitFor();
    await hands.press(page, '#saved');
    await hands.press(page, '#continue');
    await allowAs(page, person);
  } finally {
    changeRows(dev, 'UPDATE clients SET second_factor = NULL');
  }
});

bothWays('a number of the profile is verified by its code', async (page, hands) => {
  await atHome(dev, page);
  const phone = number();
  await open(page, '/account/profile');
  await hands.fill(page, '[name=phone_number]', phone);
  await hands.press(page, '#profile-form .btn');
  await hands.press(page, '#phone-state a');
  await hands.press(page, '#send-form button.btn');
  await page.locator('#code-form').waitFor();
  await wrongThenRight(page, hands, 'code-form', (await mailTo(dev, phone)).code);
  await page.locator('#phone-state .on').waitFor();
});

for (const hands of [mouse, keyboard]) {
  test(`a passkey is added, renamed, confirms who it is, and is removed, ${hands.name}`, () =>
    asVisitor(browser, {}, async (page) => {
      const authenticator = await virtualAuthenticator(page);
      await atHome(dev, page);
      await open(page, '/account/security');
      await hands.press(page, '#add-passkey');
      await hands.press(page, '#passkey-form .btn:not(.alt)');
      await page.locator('#saved').waitFor();
      await hands.press(page, '#saved');
      await hands.press(page, '.items a[href^="/account/passkeys/"]');
      await hands.fill(page, '[name=name]', 'Blue key');
      await hands.press(page, '#rename-form button.btn');
      await page.getByRole('heading', { name: 'Blue key' }).waitFor();
      later();
      await authenticator.isPresent(false);
      await open(page, '/account/password');
      await hands.press(page, '#factor-form button');
      await page.waitForURL('**/login/mfa/**');
      await authenticator.isPresent(true);
      await hands.press(page, '#mfa-submit');
      await page.locator('#password-form').waitFor();
      await open(page, '/account/security');
      await hands.press(page, '.items a[href^="/account/passkeys/"]');
      await hands.press(page, '#remove-form .btn');
      await notice(page);
      assert.equal(await page.locator('.items a[href^="/account/passkeys/"]').count(), 0);
    }));

  test(`a key that verifies nobody is the second step, and never the whole sign-in, ${hands.name}`, () =>
    asVisitor(browser, {}, async (page) => {
      const authenticator = await virtualAuthenticator(page, { transport: 'usb', hasUserVerification: false, isUserVerified: false });
      const person = await atHome(dev, page);
      await open(page, '/account/security');
      await hands.press(page, '#add-security-key');
      await hands.press(page, '#passkey-form .btn:not(.alt)');
      await page.locator('#saved').waitFor();
      assert.equal((await authenticator.credentials()).credentials.length, 1);
      await authenticator.isPresent(false);
      await half(dev, page, person);
      await authenticator.isPresent(true);
      await hands.press(page, '#mfa-submit');
      await page.waitForURL('**/account');
    }));
}

test('a passkey and an app: either one is the second step, and the page leads from one to the other', () =>
  asVisitor(browser, {}, async (page) => {
    const authenticator = await virtualAuthenticator(page);
    const person = await atHome(dev, page);
    await addPasskey(dev, page);
    // There are codes on paper already: none are shown.
    await open(page, '/account/2fa/totp');
    const key = await page.locator('#key').textContent();
    await page.fill('[name=code]', totp(key));
    await page.click('#totp-form .btn:not(.alt)');
    await notice(page);
    await authenticator.isPresent(false);
    await half(dev, page, person);
    await page.waitForURL('**/login/mfa/**');
    await page.click('details summary');
    await page.click('[value=totp]');
    await page.waitForURL('**/login/mfa/totp**');
    await page.fill('[name=code]', totp(key, 1));
    await page.click('#mfa-submit');
    await page.waitForURL('**/account');
  }));

test('Back and Reload after the backup codes make no others, with JavaScript', () =>
  asVisitor(browser, { script: true }, async (page) => {
    const { codes } = await withTotp(dev, page);
    await page.click('#saved');
    await page.locator('h1').waitFor();
    await page.goBack();
    // The page that offers new ones says what became of the first.
    await page.locator('#renew-form').waitFor();
    await page.reload();
    await page.locator('#renew-form').waitFor();
    assert.equal(await page.locator('#codes').count(), 0);
    await Promise.all([page.waitForEvent('load'), page.click('#renew-form button')]);
    await page.locator('#codes').waitFor();
    const renewed = await page.locator('#codes li').allTextContents();
    assert.notDeepEqual(renewed, codes);
    await page.reload();
    await page.locator('#renew-form').waitFor();
  }));
