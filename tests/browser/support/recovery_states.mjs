// The states of the pages that lead back into an account.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { atHome, half, withTotp } from './factors.mjs';
import { changeRows, mailTo } from './protekt.mjs';
import { fillLogin, linkTo, stranger, toLogin } from './steps.mjs';

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

/** Asks for the link to the form; ends on the page that says where to look. */
export async function askToRecover(dev, shown, email) {
  await shown.goto(`${dev.issuer}/recover`);
  await shown.fill('[name=email]', email);
  await shown.click('#recover-form .btn');
  await shown.locator('#recover-outcome[data-outcome=sent]').waitFor();
}

/** The link of a later mail; mails of one second come in any order. */
async function anotherLink(dev, email) {
  const first = await linkTo(dev, email, '/recover/request');
  for (let count = 1; ; count += 1) {
    const { link } = await mailTo(dev, email, count);
    if (link?.includes('/recover/request') && link !== first) return link;
  }
}

/** Somebody with an app, and the link to the form. */
export async function lost(dev, shown) {
  const { person, key } = await withTotp(dev, shown);
  await askToRecover(dev, shown, person.email);
  return { person, key, link: await linkTo(dev, person.email, '/recover/request') };
}

/** The same, at the form. */
async function atForm(dev, shown) {
  const made = await lost(dev, shown);
  await shown.goto(made.link);
  await shown.locator('#reason-form').waitFor();
  return made;
}

/** The same, asked. */
export async function recorded(dev, shown) {
  const made = await atForm(dev, shown);
  await shown.fill('[name=reason]', 'My phone fell into the harbour.');
  await shown.click('#reason-form .btn');
  await shown.locator('#recover-outcome[data-outcome=recorded]').waitFor();
  return made;
}

/** As an operator's approval leaves it, with a link of our own that stops it. */
export async function approved(dev, shown) {
  const made = await recorded(dev, shown);
  const link = `ptk_ml_${Math.random().toString(36).slice(2).padEnd(43, 'x')}`;
  const digest = createHash('sha256').update(link).digest('base64url');
  const sql = `UPDATE account_recoveries SET approved_at = requested_at, due_at = requested_at + 86400, stop_digest = ?
    WHERE user_id = (SELECT id FROM users WHERE email = ?)`;
  assert.ok(changeRows(dev, sql, digest, made.person.email) > 0);
  return { ...made, stop: `${dev.issuer}/recover/stop?token=${link}` };
}

const over = (sql) => async (dev, { page: shown }) => {
  const { person, link } = await lost(dev, shown);
  assert.ok(changeRows(dev, `UPDATE account_recoveries SET ${sql} WHERE email = ?`, person.email) > 0);
  await shown.goto(link);
};

export const recoveryStates = [
  page('recover', 'recover', (dev, { page: shown }) => shown.goto(`${dev.issuer}/recover`)),
  page('recover', 'recover-missing', async (dev, { page: shown }) => {
    await shown.goto(`${dev.issuer}/recover`);
    await shown.click('#recover-form .btn');
    await shown.locator('#errors').waitFor();
  }),
  page('recover', 'recover-right-to-left', (dev, { page: shown }) =>
    shown.goto(`${dev.issuer}/recover`), { options: rightToLeft }),
  page('recover_reason', 'recover-reason', (dev, { page: shown }) => atForm(dev, shown)),
  page('recover_reason', 'recover-reason-missing', async (dev, { page: shown }) => {
    await atForm(dev, shown);
    await shown.click('#reason-form .btn');
    await shown.locator('#errors').waitFor();
  }),
  page('recover_reason', 'recover-reason-beside', async (dev, { page: shown }) => {
    const { person } = await recorded(dev, shown);
    await askToRecover(dev, shown, person.email);
    await shown.goto(await anotherLink(dev, person.email));
    await shown.locator('#beside').waitFor();
  }),
  page('recover_reason', 'recover-reason-right-to-left', (dev, { page: shown }) =>
    atForm(dev, shown), { options: rightToLeft }),
  page('recover_stop', 'recover-stop', async (dev, { page: shown }) => {
    await shown.goto((await approved(dev, shown)).stop);
  }),
  page('recover_outcome', 'recover-sent', (dev, { page: shown }) =>
    askToRecover(dev, shown, stranger().email), { kind: 'sent' }),
  page('recover_outcome', 'recover-recorded', (dev, { page: shown }) =>
    recorded(dev, shown), { kind: 'recorded' }),
  page('recover_outcome', 'recover-waiting', async (dev, { page: shown }) => {
    const { link } = await recorded(dev, shown);
    await shown.goto(link);
  }, { kind: 'waiting' }),
  page('recover_outcome', 'recover-ended', async (dev, { page: shown }) => {
    const { person, link } = await recorded(dev, shown);
    const sql = "UPDATE account_recoveries SET ended_at = requested_at, outcome = 'refused' WHERE email = ?";
    assert.ok(changeRows(dev, sql, person.email) > 0);
    await shown.goto(link);
  }, { kind: 'ended' }),
  page('recover_outcome', 'recover-unneeded', async (dev, { page: shown }) => {
    const person = await atHome(dev, shown);
    await askToRecover(dev, shown, person.email);
    await shown.goto(await linkTo(dev, person.email, '/recover/request'));
  }, { kind: 'unneeded' }),
  page('recover_outcome', 'recover-expired', over('expires_at = created_at'), { kind: 'expired' }),
  page('recover_outcome', 'recover-superseded', over('superseded_at = created_at'), { kind: 'superseded' }),
  page('recover_outcome', 'recover-unknown', (dev, { page: shown }) =>
    shown.goto(`${dev.issuer}/recover/request?token=nonsense`), { kind: 'unknown' }),
  page('recover_outcome', 'recover-stopped', async (dev, { page: shown }) => {
    await shown.goto((await approved(dev, shown)).stop);
    await shown.click('#stop-form .btn');
  }, { kind: 'stopped' }),
  page('recover_outcome', 'recover-late', async (dev, { page: shown }) => {
    const { stop } = await approved(dev, shown);
    await shown.goto(stop);
    await Promise.all([shown.waitForEvent('load'), shown.click('#stop-form .btn')]);
    await shown.goto(stop);
  }, { kind: 'late' }),
  page('recover_outcome', 'recover-not-stopped', (dev, { page: shown }) =>
    shown.goto(`${dev.issuer}/recover/stop?token=nonsense`), { kind: 'not-stopped' }),
  page('account_security', 'security-recovery', async (dev, { page: shown }) => {
    await recorded(dev, shown);
    await shown.goto(`${dev.issuer}/account/security`);
    await shown.locator('#recovery').waitFor();
  }),
  page('account_security', 'security-recovery-due', async (dev, { page: shown }) => {
    await approved(dev, shown);
    await shown.goto(`${dev.issuer}/account/security`);
    await shown.locator('#recovery').waitFor();
  }),
  page('account_home', 'account-recovery', async (dev, { page: shown }) => {
    await approved(dev, shown);
    await shown.goto(`${dev.issuer}/account`);
    await shown.locator('#recovery').waitFor();
  }),
  page('account_profile', 'account-profile-recovery', async (dev, { page: shown }) => {
    await recorded(dev, shown);
    await shown.goto(`${dev.issuer}/account/profile`);
    await shown.locator('#recovery').waitFor();
  }),
  page('factor_code', 'factor-none-of-these', async (dev, { page: shown }) => {
    const { person } = await withTotp(dev, shown);
    await half(dev, shown, person);
    await shown.click('details summary');
    await shown.locator('#none-of-these').waitFor();
  }),
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
