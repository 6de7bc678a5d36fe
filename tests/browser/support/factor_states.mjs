// The states of the pages of second factors.
import assert from 'node:assert/strict';

import {
  addPasskey, atHome, half, halfWithTotp, ledToSetUp, setUpTotp, totp, virtualAuthenticator, withTotp,
} from './factors.mjs';
import { changeRows, mailTo } from './protekt.mjs';
import { linkTo } from './steps.mjs';

const page = (template, name, open, more = {}) => ({ template: `pages/${template}.html`, name, open, ...more });
const errors = ({ page: shown }) => shown.locator('#errors').waitFor();
const rightToLeft = { locale: 'ar-XB' };

const security = (dev, { page: shown }) => shown.goto(`${dev.issuer}/account/security`);

async function withPasskey(dev, { page: shown }) {
  const authenticator = await virtualAuthenticator(shown);
  const person = await atHome(dev, shown);
  await addPasskey(dev, shown);
  await authenticator.isPresent(false);
  return person;
}

const withoutPassword = (dev, person) =>
  assert.equal(changeRows(dev, 'UPDATE users SET password_hash = NULL WHERE email = ?', person.email), 1);

async function emailCode(dev, { page: shown }) {
  const person = await atHome(dev, shown);
  await shown.goto(`${dev.issuer}/account/2fa/email`);
  await shown.click('#begin-form .btn:not(.alt)');
  await shown.locator('#code-form').waitFor();
  return { person, mail: await mailTo(dev, person.email, 2) };
}

/** The page behind the link of the mail that tells of an app. */
async function undoing(dev, { page: shown }) {
  const { person } = await withTotp(dev, shown);
  await shown.goto(await linkTo(dev, person.email, '/account/security/undo'));
  await shown.locator('#undo-form').waitFor();
  return person;
}

export const factorStates = [
  page('factor_undo', 'factor-undo', undoing),
  page('factor_undo_outcome', 'factor-undo-done', async (dev, visitor) => {
    await undoing(dev, visitor);
    await visitor.page.click('#undo-form .btn');
    await visitor.page.locator('#factor-undo[data-outcome=done]').waitFor();
  }),
  page('proof', 'proof-with-factor', async (dev, visitor) => {
    await withTotp(dev, visitor.page);
    await visitor.page.goto(`${dev.issuer}/login/reauth?to=password`);
  }),
  page('proof', 'proof-no-password', async (dev, visitor) => {
    withoutPassword(dev, await withPasskey(dev, visitor));
    await visitor.page.goto(`${dev.issuer}/login/reauth?to=password`);
    await visitor.page.locator('#factor-form').waitFor();
  }),
  page('proof', 'proof-no-password-reset', async (dev, visitor) => {
    withoutPassword(dev, await atHome(dev, visitor.page));
    await visitor.page.goto(`${dev.issuer}/login/reauth?to=password`);
    await visitor.page.locator('#choose-password').waitFor();
  }),
  page('account_security', 'security-no-password', async (dev, visitor) => {
    withoutPassword(dev, await withPasskey(dev, visitor));
    await security(dev, visitor);
  }),
  page('factor_code', 'factor-totp', (dev, visitor) => halfWithTotp(dev, visitor.page)),
  page('factor_code', 'factor-totp-ways', async (dev, visitor) => {
    await halfWithTotp(dev, visitor.page);
    await visitor.page.click('details summary');
  }),
  page('factor_code', 'factor-totp-wrong', async (dev, visitor) => {
    await halfWithTotp(dev, visitor.page);
    await visitor.page.fill('[name=code]', '000000');
    await visitor.page.click('#mfa-submit');
    await errors(visitor);
  }),
  page('factor_code', 'factor-totp-used', async (dev, visitor) => {
    const { person, key } = await halfWithTotp(dev, visitor.page);
    const code = totp(key, 1);
    await visitor.page.fill('[name=code]', code);
    await visitor.page.click('#mfa-submit');
    await visitor.page.waitForURL('**/account');
    await half(dev, visitor.page, person);
    await visitor.page.fill('[name=code]', code);
    await visitor.page.click('#mfa-submit');
    await errors(visitor);
  }),
  page('factor_code', 'factor-throttled', async (dev, visitor) => {
    await halfWithTotp(dev, visitor.page);
    for (let tries = 0; tries < 6; tries += 1) {
      await visitor.page.fill('[name=code]', '000000');
      await Promise.all([visitor.page.waitForEvent('load'), visitor.page.click('#mfa-submit')]);
    }
    await errors(visitor);
  }),
  page('factor_code', 'factor-backup', async (dev, visitor) => {
    await halfWithTotp(dev, visitor.page);
    await visitor.page.click('details summary');
    await visitor.page.click('[value=backup]');
    await visitor.page.waitForURL('**/login/mfa/backup**');
  }),
  page('factor_code', 'factor-right-to-left', (dev, visitor) =>
    halfWithTotp(dev, visitor.page), { options: rightToLeft }),
  page('factor_ways', 'factor-ways', async (dev, visitor) => {
    await halfWithTotp(dev, visitor.page);
    await visitor.page.goto(visitor.page.url().replace('/mfa/totp', '/mfa'));
  }),
  page('factor_passkey', 'factor-passkey', async (dev, visitor) => {
    const person = await withPasskey(dev, visitor);
    await half(dev, visitor.page, person);
  }),
  page('account_security', 'security', async (dev, visitor) => {
    await atHome(dev, visitor.page);
    await security(dev, visitor);
  }),
  page('account_security', 'security-everything', async (dev, visitor) => {
    await withPasskey(dev, visitor);
    await setUpTotp(dev, visitor.page).catch(() => {});
    await security(dev, visitor);
  }),
  page('account_security', 'security-right-to-left', async (dev, visitor) => {
    await atHome(dev, visitor.page);
    await security(dev, visitor);
  }, { options: rightToLeft }),
  page('account_security', 'security-must-set-up', (installation, visitor) =>
    ledToSetUp(installation, visitor.page), { isElsewhere: true }),
  page('set_up_totp', 'set-up-totp', async (dev, visitor) => {
    await atHome(dev, visitor.page);
    await visitor.page.goto(`${dev.issuer}/account/2fa/totp`);
  }),
  page('set_up_totp', 'set-up-totp-replaces', async (dev, visitor) => {
    await withTotp(dev, visitor.page);
    await visitor.page.goto(`${dev.issuer}/account/2fa/totp`);
    await visitor.page.locator('#replaces').waitFor();
  }),
  page('set_up_totp', 'set-up-totp-wrong', async (dev, visitor) => {
    await atHome(dev, visitor.page);
    await visitor.page.goto(`${dev.issuer}/account/2fa/totp`);
    await visitor.page.click('details summary');
    await visitor.page.fill('[name=code]', '000000');
    await visitor.page.click('#totp-form .btn:not(.alt)');
    await errors(visitor);
  }),
  page('set_up_code', 'set-up-email', async (dev, visitor) => {
    await atHome(dev, visitor.page);
    await visitor.page.goto(`${dev.issuer}/account/2fa/email`);
  }),
  page('set_up_code', 'set-up-email-sent', (dev, visitor) => emailCode(dev, visitor)),
  page('set_up_code', 'set-up-email-soon', async (dev, visitor) => {
    await emailCode(dev, visitor);
    await visitor.page.click('.switch a');
    await visitor.page.click('#begin-form .btn:not(.alt)');
    await errors(visitor);
  }),
  page('new_backup_codes', 'new-backup-codes', (dev, visitor) => withTotp(dev, visitor.page)),
  page('backup_codes', 'backup-codes-lost', async (dev, visitor) => {
    await withTotp(dev, visitor.page);
    await visitor.page.goto(`${dev.issuer}/account/2fa/backup-codes?notice=on`);
    await visitor.page.locator('[role=status]').waitFor();
  }),
  page('backup_codes', 'backup-codes', async (dev, visitor) => {
    await withTotp(dev, visitor.page);
    await visitor.page.goto(`${dev.issuer}/account/2fa/backup-codes`);
  }),
  page('remove_factor', 'remove-factor', async (dev, visitor) => {
    await withTotp(dev, visitor.page);
    await visitor.page.goto(`${dev.issuer}/account/2fa/totp/remove`);
  }),
  page('new_passkey', 'new-passkey', async (dev, visitor) => {
    await atHome(dev, visitor.page);
    await visitor.page.goto(`${dev.issuer}/account/passkeys/new`);
  }),
  page('new_passkey', 'new-passkey-refused', async (dev, visitor) => {
    const authenticator = await virtualAuthenticator(visitor.page);
    await authenticator.verifies(false);
    await atHome(dev, visitor.page);
    await visitor.page.goto(`${dev.issuer}/account/passkeys/new`);
    await visitor.page.click('#passkey-form .btn:not(.alt)');
    await visitor.page.locator('[data-failed]:not([hidden])').waitFor();
  }),
  page('passkey', 'passkey', async (dev, visitor) => {
    await withPasskey(dev, visitor);
    await security(dev, visitor);
    await visitor.page.click('.items a[href^="/account/passkeys/"]');
    await visitor.page.locator('#rename-form').waitFor();
  }),
];
