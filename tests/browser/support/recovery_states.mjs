// The states of the pages that lead back into an account.
import assert from 'node:assert/strict';
import { atHome, withTotp } from './factors.mjs';
import { changeRows } from './protekt.mjs';
import { fillLogin, toLogin } from './steps.mjs';

const page = (template, name, open, more = {}) => ({ template: `pages/${template}.html`, name, open, ...more });
const rightToLeft = { locale: 'ar-XB' };

/** Asks for another password at the next sign-in, as the command does. */
export function requireNewPassword(dev, email, reason = 'operator') {
  const sql = 'UPDATE users SET new_password_reason = ? WHERE email = ?';
  assert.equal(changeRows(dev, sql, reason, email), 1);
}

/** Somebody new whose password has to go, on their way to the app; ends where another is asked for. */
export async function renewal(dev, shown, reason) {
  const person = await atHome(dev, shown);
  requireNewPassword(dev, person.email, reason);
  await shown.context().clearCookies();
  await toLogin(dev, shown);
  await fillLogin(shown, person);
  await shown.click('#login-submit');
  await shown.locator('#renewal-form').waitFor();
  return person;
}

async function renew(shown, password) {
  await shown.fill('[name=password]', password);
  await shown.click('#renewal-form .btn');
  await shown.locator('#errors').waitFor();
}

export const recoveryStates = [
  page('password_expired', 'renewal', (dev, { page: shown }) => renewal(dev, shown)),
  page('password_expired', 'renewal-leaked', (dev, { page: shown }) => renewal(dev, shown, 'leaked')),
  page('password_expired', 'renewal-unchanged', async (dev, { page: shown }) => {
    const person = await renewal(dev, shown);
    await renew(shown, person.password);
  }),
  page('password_expired', 'renewal-weak', async (dev, { page: shown }) => {
    await renewal(dev, shown, 'leaked');
    await renew(shown, '12345678');
  }),
  page('password_expired', 'renewal-right-to-left', (dev, { page: shown }) =>
    renewal(dev, shown), { options: rightToLeft }),
  page('account_security', 'security-new-password', async (dev, { page: shown }) => {
    const { person } = await withTotp(dev, shown);
    requireNewPassword(dev, person.email);
    await shown.goto(`${dev.issuer}/account/security`);
    await shown.locator('#new-password').waitFor();
  }),
];
