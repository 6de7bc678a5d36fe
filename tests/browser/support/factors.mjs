// Second factors in a browser: an authenticator app, and Chromium's virtual authenticator.
import { createHmac } from 'node:crypto';
import { mailTo } from './protekt.mjs';
import { enterCode, fillLogin, signedUp, stranger } from './steps.mjs';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The code of an app (RFC 6238), `steps` from now. */
export function totp(key, steps = 0) {
  const bits = [...key.replaceAll(' ', '')].map((sign) => ALPHABET.indexOf(sign).toString(2).padStart(5, '0')).join('');
  const secret = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

/** Somebody new who is signed in, at their account. */
export async function atHome(dev, page) {
  const { person, mail } = await signedUp(dev, page);
  await enterCode(page, mail.code);
  await page.locator('#consent-form').waitFor();
  await page.goto(`${dev.issuer}/account`);
  return person;
}

/** Somebody with a role that requires a second factor, led from their profile to set one up. */
export async function ledToSetUp(installation, page) {
  const person = stranger();
  const role = person.email.split('@')[0];
  installation.run(['user', 'create', person.email, '--name', person.name, '--password-file', '-'], person.password);
  installation.run(['role', 'create', role, '--second-factor', 'required']);
  installation.run(['user', 'roles', person.email, '--add', role]);
  await page.goto(`${installation.issuer}/login`);
  await fillLogin(page, person);
  await page.click('#login-submit');
  await page.locator('#must-set-up').waitFor();
  await page.goto(`${installation.issuer}/account/profile`);
  await page.locator('#must-set-up').waitFor();
  return person;
}

/** Sets up an app; ends on the page with the backup codes. */
export async function setUpTotp(dev, page) {
  await page.goto(`${dev.issuer}/account/2fa/totp`);
  const key = await page.locator('#key').textContent();
  await page.fill('[name=code]', totp(key));
  await page.click('#totp-form .btn:not(.alt)');
  await page.locator('#codes').waitFor();
  return { key, codes: await page.locator('#codes li').allTextContents() };
}

/** Somebody with an app. */
export async function withTotp(dev, page) {
  const person = await atHome(dev, page);
  return { person, ...await setUpTotp(dev, page) };
}

/** Signs in anew as far as the second factor. */
export async function half(dev, page, person) {
  await page.context().clearCookies();
  await page.goto(`${dev.issuer}/login`);
  await fillLogin(page, person);
  await page.click('#login-submit');
  await page.waitForURL('**/login/mfa**');
}

/** Somebody with an app who has given their password alone. */
export async function halfWithTotp(dev, page) {
  const made = await withTotp(dev, page);
  await half(dev, page, made.person);
  return made;
}

/** The code of the newest mail that has one; another than `former`. */
export async function newestCode(dev, { email }, former) {
  for (let tries = 0; tries < 100; tries += 1) {
    const codes = [];
    for (let count = 1; ; count += 1) {
      const mail = await mailTo(dev, email, count, 300).catch(() => null);
      if (!mail) break;
      if (mail.code) codes.push(mail.code);
    }
    if (codes.length > 0 && codes.at(-1) !== former) return codes.at(-1);
  }
  throw new Error(`no new code for ${email}`);
}

/** Lets the browser have an authenticator; one that verifies its user, unless `more` says another. */
export async function virtualAuthenticator(page, more = {}) {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  const options = {
    protocol: 'ctap2',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
    ...more,
  };
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', { options });
  const verifies = (isUserVerified) => session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
  // Whether its user is there: without one, no page is answered before it asks by a button.
  const isPresent = (enabled) => session.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });
  const credentials = () => session.send('WebAuthn.getCredentials', { authenticatorId });
  return { verifies, isPresent, credentials };
}

/** Adds a passkey; ends on the page that follows. */
export async function addPasskey(dev, page) {
  await page.goto(`${dev.issuer}/account/passkeys/new`);
  await page.click('#passkey-form .btn:not(.alt)');
  await page.locator('#codes, #notice').first().waitFor();
}
