// Every state of every page that can be reached from outside, by name.
//
// `open` leads a new visitor there. `template` is the file under templates/ that it shows; `kind`
// says which of its pages, where one file makes several. `isElsewhere` is a state that `protekt dev`
// never has: it is opened at the installation of `settings`.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  enterApp, enterCode, fillLogin, fillSignUp, forgot, holdAnswers, linkTo, resetLink, send, signedUp,
  signIn, signInAtHome, signUp, stranger, toLogin,
} from './steps.mjs';
import { factorStates } from './factor_states.mjs';
import { recoveryStates } from './recovery_states.mjs';
import { verifyStates } from './verify_states.mjs';
import { atHome, half, withTotp } from './factors.mjs';
import { changeRows, mailTo } from './protekt.mjs';

const page = (template, name, open, more = {}) => ({ template: `pages/${template}.html`, name, open, ...more });
const demo = (template, name, open) => ({ template: `demo/${template}.html`, name, open, isDemo: true });

const errorPage = ({ page }) => page.locator('#error-page').waitFor();
const errors = ({ page }) => page.locator('#errors').waitFor();

/** Goes to a page, also while the refresh of a hand-back, held back by the test, gets in the way. */
async function goTo(page, url, tries = 5) {
  try {
    await page.goto(url);
  } catch (error) {
    if (tries <= 1 || !String(error).includes('ERR_ABORTED')) throw error;
    await goTo(page, url, tries - 1);
  }
}

/** The app's own request to the authorization endpoint, with some parameters changed. */
async function authorize(dev, { page, context }, change) {
  const begun = await context.request.get(`${dev.demo}/sign-in`, { maxRedirects: 0 });
  const url = new URL(begun.headers().location);
  change(url.searchParams);
  await goTo(page, url.href);
}

async function wrongPasswords(dev, { page }, count) {
  const email = stranger().email;
  await page.goto(`${dev.issuer}/login`);
  for (let tries = 0; tries < count; tries += 1) {
    await fillLogin(page, { email, password: 'wrong' });
    await Promise.all([page.waitForEvent('load'), page.click('#login-submit')]);
  }
}

/** Keeps the database locked for writing while `work` runs. */
async function withLockedDatabase(dev, work) {
  const script = `import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=20)
c.execute("BEGIN IMMEDIATE"); print("locked", flush=True); sys.stdin.read()`;
  const holder = spawn(process.env.PYTHON ?? 'python3', ['-c', script, dev.database], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  try {
    await work();
  } finally {
    holder.stdin.end();
    await once(holder, 'exit');
  }
}

/** Keeps a table out of the database while `work` runs. */
async function withoutTable(dev, table, work) {
  changeRows(dev, `ALTER TABLE ${table} RENAME TO hidden`);
  try {
    await work();
  } finally {
    changeRows(dev, `ALTER TABLE hidden RENAME TO ${table}`);
  }
}

/** Where no mail is sent a page neither promises one nor leads to where one is asked for. */
async function promisesNoMail(page) {
  const text = await page.locator('main').innerText();
  assert.doesNotMatch(text, /we sent|we’ll send|on its way|in the email/i);
  assert.equal(await page.locator('a[href*="/password/forgot"], a[href="/account/email"]').count(), 0);
}

/** Somebody whose address nobody has verified since they last signed in, and who gets no more mails. */
async function tooManyMails(dev, { page }) {
  const person = await atHome(dev, page);
  const sql = 'UPDATE users SET email_verified_at = NULL WHERE email = ?';
  assert.equal(changeRows(dev, sql, person.email), 1);
  await page.context().clearCookies();
  for (let mails = 0; mails < 40; mails += 1) {
    await page.goto(`${dev.issuer}/login`);
    await fillLogin(page, person);
    await Promise.all([page.waitForEvent('load'), page.click('#login-submit')]);
    if (await page.locator('#verify-later').count()) return;
  }
  throw new Error('every mail was sent');
}

const selectAccount = async (dev, { page }, person) => {
  await signInAtHome(dev, page, person, true);
  await toLogin(dev, page, { prompt: 'select_account' });
  await page.locator('#select-account').waitFor();
};

/** Somebody new with an account of their own, signed in. */
async function member(dev, page) {
  const { person, mail } = await signedUp(dev, page);
  await enterCode(page, mail.code);
  await page.locator('#consent-form').waitFor();
  return person;
}

/** Somebody whose only second factor is new, and who had another one before. */
async function memberWithNewFactor(dev, page) {
  const { person } = await withTotp(dev, page);
  const before = 'UPDATE users SET second_factor_since = 1 WHERE email = ?';
  assert.equal(changeRows(dev, before, person.email), 1);
  return person;
}

/** Asks for another address; ends on the page that waits for its code. */
async function newAddress(dev, page, make = member) {
  const person = await make(dev, page);
  const { email } = stranger();
  await page.goto(`${dev.issuer}/account/email`);
  await page.fill('[name=email]', email);
  await send(page, 'email-form');
  await page.locator('#code-form').waitFor();
  return { person, email };
}

/** Changes the address; answers the link that takes the account back. */
async function addressChanged(dev, page, make = member) {
  const { person, email } = await newAddress(dev, page, make);
  await page.fill('[name=code]', (await mailTo(dev, email)).code);
  await send(page, 'code-form');
  await page.locator('#profile-form').waitFor();
  return linkTo(dev, person.email, '/account/email/undo');
}

/** The page behind an invitation: the link to a new password, in other words. */
async function invited(dev, page) {
  const { link } = await resetLink(dev, page);
  assert.ok(changeRows(dev, 'UPDATE password_resets SET is_invitation = 1') > 0);
  await page.goto(link);
  await page.locator('#reset-form').waitFor();
}

/** Signs in by a backup code; so many are left then. */
async function byBackupCode(dev, page, left) {
  const { person, codes } = await withTotp(dev, page);
  const few = `UPDATE backup_codes SET used_at = 1 WHERE user_id = (SELECT id FROM users WHERE email = ?)`;
  await half(dev, page, person);
  await page.click('details summary');
  await page.click('[value=backup]');
  await page.waitForURL('**/login/mfa/backup**');
  await page.fill('[name=code]', codes[0]);
  await page.click('#mfa-submit');
  await page.locator('#few-codes').waitFor();
  const taken = 9 - left;
  if (taken > 0) {
    changeRows(dev, `${few} AND mac IN (SELECT mac FROM backup_codes WHERE used_at IS NULL AND user_id = (SELECT id FROM users WHERE email = ?) LIMIT ${taken})`, person.email, person.email);
    await page.reload();
    await page.locator('#few-codes').waitFor();
  }
}

/** Somebody new who saved a number; ends on their profile. */
async function withNumber(dev, page) {
  await member(dev, page);
  await page.goto(`${dev.issuer}/account/profile`);
  const number = `+4930${Math.floor(Math.random() * 9e7 + 1e7)}`;
  await page.fill('[name=phone_number]', number);
  await send(page, 'profile-form');
  await page.locator('#phone-state').waitFor();
  return number;
}

/** The same, up to the page that waits for the code. */
async function phoneCode(dev, page) {
  const number = await withNumber(dev, page);
  await page.click('#phone-state a');
  await send(page, 'send-form');
  await page.locator('#code-form').waitFor();
  return mailTo(dev, number);
}

/** Asks to have an account deleted. */
async function leave(dev, page) {
  const person = await member(dev, page);
  await page.goto(`${dev.issuer}/account/delete`);
  await page.fill('[name=confirm]', person.email);
  await send(page, 'delete-form');
  await page.locator('#leaving').waitFor();
  return person;
}

const rightToLeft = { locale: 'ar-XB' };

/** Of the installation for states that `protekt dev` never has. */
export const settings = `
[accounts]
email_verification = false
[email]
provider = "none"
[throttle]
requests_by_network = "1 in 15m"
`;

export const states = [
  ...factorStates,
  ...recoveryStates,
  ...verifyStates,
  demo('welcome', 'demo-welcome', (dev, { page }) => page.goto(dev.demo)),
  demo('signed_in', 'demo-signed-in', async (dev, { page }) => {
    await enterApp(dev, page, dev.ada, { options: { prompt: 'consent' } });
    await page.click('#call-userinfo');
    await page.click('#refresh');
    await page.locator('#refreshed').waitFor();
  }),
  demo('signed_out', 'demo-signed-out', async (dev, { page }) => {
    await enterApp(dev, page, dev.ada, { options: { prompt: 'consent' } });
    await page.click('#sign-out');
    await page.locator('#signed-out').waitFor();
  }),
  demo('error', 'demo-error', async (dev, { page }) => {
    await signIn(dev, page, dev.ada, { options: { prompt: 'consent' } });
    await page.click('#consent-deny');
    await page.locator('#demo-error').waitFor();
  }),

  page('login', 'login', (dev, { page }) => toLogin(dev, page)),
  page('login', 'login-without-app', (dev, { page }) => page.goto(`${dev.issuer}/login`)),
  page('login', 'login-incomplete', async (dev, visitor) => {
    await visitor.page.goto(`${dev.issuer}/login`);
    await Promise.all([visitor.page.waitForEvent('load'), visitor.page.click('#login-submit')]);
    await errors(visitor);
  }),
  page('login', 'login-wrong', (dev, visitor) => wrongPasswords(dev, visitor, 1)),
  page('login', 'login-wrong-again', (dev, visitor) => wrongPasswords(dev, visitor, 6)),
  page('login', 'login-too-many', (dev, visitor) => wrongPasswords(dev, visitor, 11)),
  page('login', 'login-account-ready', (dev, { page }) =>
    page.goto(`${dev.issuer}/login?notice=account-ready`)),
  page('login', 'login-email-verified', (dev, { page }) =>
    page.goto(`${dev.issuer}/login?notice=email-verified`)),
  page('login', 'login-signed-out', (dev, { page }) =>
    page.goto(`${dev.issuer}/login?notice=signed-out`)),
  page('login', 'login-password-shown', async (dev, { page }) => {
    await toLogin(dev, page);
    await fillLogin(page, dev.ada);
    await page.click('.reveal');
  }),
  page('login', 'login-again', async (dev, { page }) => {
    await signInAtHome(dev, page, dev.ada);
    await toLogin(dev, page, { prompt: 'login' });
  }),
  page('login', 'login-again-wrong', async (dev, visitor) => {
    const { page } = visitor;
    await signInAtHome(dev, page, dev.ada);
    await toLogin(dev, page, { prompt: 'login' });
    await page.fill('[name=password]', 'wrong');
    await page.click('#login-submit');
    await errors(visitor);
  }),
  page('login', 'login-right-to-left', (dev, { page }) => toLogin(dev, page, { ui_locales: 'ar-XB' })),

  page('login_accounts', 'accounts', (dev, visitor) => selectAccount(dev, visitor, dev.ada)),
  page('login_accounts', 'accounts-two', async (dev, visitor) => {
    await signInAtHome(dev, visitor.page, dev.grace, true);
    await visitor.page.click('#sign-out .link');
    await selectAccount(dev, visitor, dev.ada);
    await visitor.page.click('details summary');
  }),
  page('login_accounts', 'accounts-right-to-left', (dev, visitor) =>
    selectAccount(dev, visitor, dev.ada), { options: rightToLeft }),

  page('signup', 'signup', async (dev, { page }) => {
    await toLogin(dev, page);
    await page.click('.switch a');
    await page.locator('#signup-form').waitFor();
  }),
  page('signup', 'signup-without-app', (dev, { page }) => page.goto(`${dev.issuer}/signup`)),
  page('signup', 'signup-empty', async (dev, visitor) => {
    await visitor.page.goto(`${dev.issuer}/signup`);
    await visitor.page.click('#signup-form .btn');
    await errors(visitor);
  }),
  page('signup', 'signup-weak', async (dev, visitor) => {
    await visitor.page.goto(`${dev.issuer}/signup`);
    await fillSignUp(visitor.page, { ...stranger(), password: '12345678' });
    await visitor.page.click('#signup-form .btn');
    await errors(visitor);
  }),
  page('signup', 'signup-strength', async (dev, { page }) => {
    await page.goto(`${dev.issuer}/signup`);
    await fillSignUp(page, stranger());
    await page.locator('#strength + p:not([hidden])').waitFor();
    await page.waitForTimeout(600);
  }),
  page('signup', 'signup-right-to-left', (dev, { page }) => page.goto(`${dev.issuer}/signup`),
    { options: rightToLeft }),

  page('signup', 'signup-without-verification', (installation, { page }) =>
    page.goto(`${installation.issuer}/signup`), { isElsewhere: true }),

  page('verify_later', 'verify-later', async (dev, visitor) => {
    await tooManyMails(dev, visitor);
    await visitor.page.locator('#by-reset').waitFor();
  }, { status: 429 }),
  page('verify_later', 'verify-later-right-to-left', (dev, visitor) =>
    tooManyMails(dev, visitor), { status: 429, options: rightToLeft }),
  page('ask_operator', 'forgot-without-mail', async (installation, { page }) => {
    await page.goto(`${installation.issuer}/password/forgot`);
    await promisesNoMail(page);
  }, { isElsewhere: true, status: 404 }),
  page('ask_operator', 'recover-without-mail', async (installation, { page }) => {
    await page.goto(`${installation.issuer}/recover`);
    await page.locator('#ask-operator').waitFor();
    await promisesNoMail(page);
  }, { isElsewhere: true, status: 404 }),
  page('signup', 'signup-without-mail', async (installation, { page }) => {
    await page.goto(`${installation.issuer}/signup`);
    await promisesNoMail(page);
  }, { isElsewhere: true }),
  page('account_security', 'security-without-mail', async (installation, { page }) => {
    const person = stranger();
    installation.run(['user', 'create', person.email, '--name', person.name, '--password-file', '-'], person.password);
    await signInAtHome(installation, page, person);
    await page.goto(`${installation.issuer}/account/security`);
    await page.locator('#factor-totp').waitFor();
    assert.equal(await page.locator('#factor-email').count(), 0);
    await promisesNoMail(page);
  }, { isElsewhere: true }),
  page('password_forgot', 'forgot', async (dev, { page }) => {
    await toLogin(dev, page);
    await page.click('.after a');
    await page.locator('#forgot-form').waitFor();
  }),
  page('password_forgot', 'forgot-wrong', async (dev, visitor) => {
    await visitor.page.goto(`${dev.issuer}/password/forgot`);
    await visitor.page.fill('[name=email]', 'nonsense');
    await visitor.page.click('#forgot-form .btn');
    await errors(visitor);
  }),
  page('password_forgot', 'forgot-right-to-left', (dev, { page }) =>
    page.goto(`${dev.issuer}/password/forgot`), { options: rightToLeft }),
  page('password_sent', 'reset-sent', (dev, { page }) => forgot(dev, page, stranger().email)),
  page('password_sent', 'reset-sent-newest', async (dev, { page }) => {
    const { email } = stranger();
    for (let tries = 0; tries < 7; tries += 1) await forgot(dev, page, email);
    await page.waitForURL('**notice=newest');
  }),
  page('password_sent', 'reset-sent-right-to-left', (dev, { page }) =>
    forgot(dev, page, stranger().email), { options: rightToLeft }),
  page('password_reset', 'reset', async (dev, { page }) => {
    await page.goto((await resetLink(dev, page)).link);
  }),
  page('password_reset', 'invited', (dev, { page }) => invited(dev, page)),
  page('password_reset', 'invited-right-to-left', (dev, { page }) => invited(dev, page), { options: rightToLeft }),
  page('password_reset', 'reset-weak', async (dev, visitor) => {
    await visitor.page.goto((await resetLink(dev, visitor.page)).link);
    await visitor.page.fill('[name=password]', '12345678');
    await visitor.page.click('#reset-form .btn');
    await errors(visitor);
  }),
  page('password_reset', 'reset-right-to-left', async (dev, { page }) => {
    await page.goto((await resetLink(dev, page)).link);
  }, { options: rightToLeft }),
  page('password_link_over', 'reset-unknown', (dev, { page }) =>
    page.goto(`${dev.issuer}/password/reset?token=nonsense`), { kind: 'unknown' }),
  page('password_link_over', 'reset-elsewhere', async (dev, { page }) => {
    const [first, second] = [await resetLink(dev, page), await resetLink(dev, page)];
    await page.goto(first.link);
    const other = await page.context().newPage();
    await other.goto(second.link);
    await other.close();
    await page.fill('[name=password]', 'harbour-violet-53-tractor');
    await page.click('#reset-form .btn');
    await page.locator('#reset-over').waitFor();
  }, { kind: 'elsewhere' }),
  page('password_link_over', 'reset-used', async (dev, { page }) => {
    const { link } = await resetLink(dev, page);
    await page.goto(link);
    await page.fill('[name=password]', 'harbour-violet-53-tractor');
    await page.click('#reset-form .btn');
    await page.waitForURL('**/account');
    await page.goto(link);
  }, { kind: 'used' }),
  page('password_link_over', 'reset-superseded', async (dev, { page }) => {
    const { person, link } = await resetLink(dev, page);
    await forgot(dev, page, person.email);
    await mailTo(dev, person.email, 3);
    await page.goto(link);
  }, { kind: 'superseded' }),
  page('password_link_over', 'reset-expired', async (dev, { page }) => {
    const { person, link } = await resetLink(dev, page);
    const sql = 'UPDATE password_resets SET expires_at = created_at WHERE email = ?';
    assert.equal(changeRows(dev, sql, person.email), 1);
    await page.goto(link);
  }, { kind: 'expired' }),

  page('consent', 'consent', (dev, { page }) =>
    signIn(dev, page, dev.ada, { options: { prompt: 'consent' } })),
  page('consent', 'consent-more', async (dev, visitor) => {
    const { page } = visitor;
    const { person, mail } = await signedUp(dev, page);
    await enterCode(page, mail.code);
    await page.locator('#consent-form').waitFor();
    await holdAnswers(visitor.context);
    await authorize(dev, visitor, (query) => query.set('scope', 'openid email'));
    await page.click('#consent-allow');
    await page.locator('#hand-back').waitFor();
    await authorize(dev, visitor, (query) => query.set('scope', 'openid email profile offline_access'));
    await page.locator('#granted').waitFor();
    return person;
  }),
  page('consent', 'consent-right-to-left', (dev, { page }) =>
    signIn(dev, page, dev.ada, { options: { prompt: 'consent', ui_locales: 'ar-XB' } })),

  page('hand_back', 'hand-back', async (dev, { page, context }) => {
    await signIn(dev, page, dev.ada, { options: { prompt: 'consent' } });
    await holdAnswers(context);
    await page.click('#consent-allow');
    await page.locator('#hand-back').waitFor();
  }),
  page('hand_back', 'hand-back-refused', async (dev, { page, context }) => {
    await signIn(dev, page, dev.ada, { options: { prompt: 'consent' } });
    await holdAnswers(context);
    await page.click('#consent-deny');
    await page.locator('#hand-back').waitFor();
  }),
  // It never ends loading while its answer is held back.
  page('form_post', 'form-post', async (dev, { page, context }) => {
    await signIn(dev, page, dev.ada, { options: { prompt: 'consent', response_mode: 'form_post' } });
    await holdAnswers(context);
    await page.click('#consent-allow');
    await page.locator('#hand-back').waitFor();
  }, { isHeld: true }),

  page('logout', 'logout', async (dev, { page }) => {
    await enterApp(dev, page, dev.ada, { options: { prompt: 'consent' } });
    await page.goto(`${dev.issuer}/logout`);
  }),
  page('logged_out', 'logged-out', (dev, { page }) => page.goto(`${dev.issuer}/logged-out`)),
  page('logged_out', 'logged-out-to-nowhere', (dev, { page }) =>
    page.goto(`${dev.issuer}/logout?client_id=demo-app&post_logout_redirect_uri=https://elsewhere.example/`)),

  page('oauth_error', 'error-unknown-client', (dev, visitor) =>
    authorize(dev, visitor, (query) => query.set('client_id', 'nobody'))),
  page('oauth_error', 'error-redirect-uri', (dev, visitor) =>
    authorize(dev, visitor, (query) => query.set('redirect_uri', 'https://elsewhere.example/<b>'))),
  page('oauth_error', 'error-no-redirect-uri', (dev, visitor) =>
    authorize(dev, visitor, (query) => query.delete('redirect_uri'))),
  page('oauth_error', 'error-repeated', (dev, visitor) =>
    authorize(dev, visitor, (query) => query.append('client_id', 'demo-app'))),
  page('oauth_error', 'error-right-to-left', (dev, visitor) =>
    authorize(dev, visitor, (query) => query.set('client_id', 'nobody')), { options: rightToLeft }),

  page('form_expired', 'form-expired', async (dev, visitor) => {
    const { page } = visitor;
    await toLogin(dev, page);
    await page.locator('#login-form [name=csrf]').evaluate((input) => { input.value = 'old'; });
    await fillLogin(page, dev.ada);
    await page.click('#login-submit');
    await errorPage(visitor);
  }),
  page('form_expired', 'form-expired-own-page', async (dev, visitor) => {
    const { page } = visitor;
    await signedUp(dev, page);
    await page.locator('#verify-form [name=csrf]').evaluate((input) => { input.value = 'old'; });
    await page.click('#verify-form .btn');
    await errorPage(visitor);
    await page.locator('#start-again[href^="/verify-email?flow="]').waitFor();
  }),
  page('signup', 'signup-expired', async (dev, { page }) => {
    await page.goto(`${dev.issuer}/signup`);
    await page.fill('[name=email]', 'grace@example.com');
    await page.locator('[name=csrf]').evaluate((input) => { input.value = 'old'; });
    await page.click('#signup-form .btn');
    await page.locator('#form-expired').waitFor();
    assert.equal(await page.locator('[name=email]').inputValue(), 'grace@example.com');
  }),
  page('already_signed_in', 'already-signed-in', async (dev, { page, context }) => {
    await signIn(dev, page, dev.ada, { options: { prompt: 'consent' } });
    await page.locator('#consent-form').waitFor();
    const consent = page.url();
    await holdAnswers(context);
    await page.click('#consent-allow');
    await page.locator('#hand-back').waitFor();
    await goTo(page, consent);
    await page.locator('#already-continue').waitFor();
  }),
  page('cookies_off', 'cookies-off', async (dev, visitor) => {
    await toLogin(dev, visitor.page);
    await visitor.context.clearCookies();
    await fillLogin(visitor.page, dev.ada);
    await visitor.page.click('#login-submit');
    await errorPage(visitor);
  }),

  page('status', 'status-403', async (dev, visitor) => {
    const { page } = visitor;
    // A form on a page elsewhere.
    await page.route('http://127.0.0.1/form', (route) => route.fulfill({
      contentType: 'text/html',
      body: `<!doctype html><form method="post" action="${dev.issuer}/login"><button>Go</button></form>`,
    }));
    await page.goto('http://127.0.0.1/form');
    await page.click('button');
    await errorPage(visitor);
  }, { status: 403, kind: 'access_denied' }),
  page('status', 'status-404', (dev, { page }) => page.goto(`${dev.issuer}/nothing/here`),
    { status: 404, kind: 'not_found' }),
  page('status', 'status-405', async (dev, { page }) => {
    await page.goto(`${dev.issuer}/login`);
    await page.locator('#login-form').evaluate((form) => { form.action = '/account'; });
    await send(page, 'login-form');
  }, { status: 405, kind: 'method_not_allowed' }),
  page('status', 'status-413', async (dev, visitor) => {
    await visitor.page.goto(`${dev.issuer}/login`);
    await visitor.page.fill('[name=username]', 'x'.repeat(70_000));
    await visitor.page.click('#login-submit');
    await errorPage(visitor);
  }, { status: 413, kind: 'too_large' }),
  page('status', 'status-429', async (installation, { page }) => {
    const redirectUri = 'http://localhost/callback';
    const made = installation.run(['client', 'create', 'Board', '--kind', 'spa', '--json', '--redirect-uri', redirectUri]);
    const query = new URLSearchParams({
      client_id: JSON.parse(made).client_id, redirect_uri: redirectUri, response_type: 'code', scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256',
    });
    for (let asked = 0; asked < 2; asked += 1) await page.goto(`${installation.issuer}/oauth/authorize?${query}`);
  }, { status: 429, kind: 'too_many_requests', isElsewhere: true }),
  page('status', 'status-500', (dev, { page }) => withoutTable(dev, 'email_verifications', () =>
    page.goto(`${dev.issuer}/verify-email?flow=unknown`)), { status: 500, kind: 'server_error' }),
  page('status', 'status-503', async (dev, visitor) => {
    const { page } = visitor;
    // Signing in has to write, and nothing can.
    await page.goto(`${dev.issuer}/login`);
    await fillLogin(page, dev.ada);
    await withLockedDatabase(dev, async () => {
      await page.click('#login-submit');
      await errorPage(visitor);
    });
  }, { status: 503, kind: 'temporarily_unavailable' }),

  page('account_home', 'account', async (dev, { page }) => {
    await signInAtHome(dev, page, dev.ada);
    await page.goto(`${dev.issuer}/account`);
  }),
  page('account_home', 'account-right-to-left', (dev, { page }) => signInAtHome(dev, page, dev.ada),
    { options: rightToLeft }),
  page('account_home', 'account-unverified', async (dev, { page }) => {
    const { person, mail } = await signedUp(dev, page);
    await enterCode(page, mail.code);
    await page.locator('#consent-form').waitFor();
    // As where verification was switched on later.
    assert.equal(changeRows(dev, 'UPDATE users SET email_verified_at = NULL WHERE email = ?', person.email), 1);
    await page.goto(`${dev.issuer}/account`);
    await page.locator('#verify-email').waitFor();
  }),
  page('account_home', 'account-without-verification', async ({ issuer }, { page }) => {
    const person = stranger();
    await page.goto(`${issuer}/signup`);
    await fillSignUp(page, person);
    await page.click('#signup-form .btn');
    await page.locator('#login-form').waitFor();
    await fillLogin(page, person);
    await page.click('#login-submit');
    await page.waitForURL('**/account');
  }, { isElsewhere: true }),
  page('account_home', 'account-second-step', async (dev, { page }) => {
    await withTotp(dev, page);
    await page.goto(`${dev.issuer}/account`);
  }),
  page('account_home', 'account-backup-code', (dev, { page }) => byBackupCode(dev, page, 9)),
  page('account_home', 'account-few-codes', (dev, { page }) => byBackupCode(dev, page, 3)),
  page('account_security', 'security-few-codes', async (dev, { page }) => {
    await byBackupCode(dev, page, 2);
    await page.goto(`${dev.issuer}/account/security`);
    await page.locator('#few-codes').waitFor();
  }),
  page('account_phone', 'phone', async (dev, { page }) => {
    await withNumber(dev, page);
    await page.goto(`${dev.issuer}/account/phone`);
  }),
  page('account_phone', 'phone-code', (dev, { page }) => phoneCode(dev, page)),
  page('account_phone', 'phone-code-wrong', async (dev, visitor) => {
    const { code } = await phoneCode(dev, visitor.page);
    await visitor.page.fill('[name=code]', code === '000000' ? '000001' : '000000');
    await send(visitor.page, 'code-form');
    await errors(visitor);
  }),
  page('account_phone', 'phone-right-to-left', (dev, { page }) => phoneCode(dev, page), { options: rightToLeft }),
  page('account_profile', 'account-profile-number', (dev, { page }) => withNumber(dev, page)),
  page('account_profile', 'account-profile-verified', async (dev, { page }) => {
    const { code } = await phoneCode(dev, page);
    await page.fill('[name=code]', code);
    await send(page, 'code-form');
    await page.locator('#phone-state .on').waitFor();
  }),
  page('proof', 'proof', async (dev, { page }) => {
    await member(dev, page);
    changeRows(dev, 'UPDATE sessions SET proved_at = 0');
    await page.goto(`${dev.issuer}/account/password`);
    await page.locator('#proof-form').waitFor();
  }),
  page('account_home', 'account-other-account', async (dev, { page }) => {
    await signInAtHome(dev, page, dev.ada);
    await page.goto(`${dev.issuer}/account?done=other-account`);
  }),
  page('account_password', 'account-password', async (dev, { page }) => {
    await signInAtHome(dev, page, dev.ada);
    await page.goto(`${dev.issuer}/account/password`);
  }),
  page('account_password', 'account-password-weak', async (dev, { page }) => {
    await signInAtHome(dev, page, dev.ada);
    await page.goto(`${dev.issuer}/account/password`);
    await page.fill('[name=password]', 'password');
    await send(page, 'password-form');
    await page.locator('#errors').waitFor();
  }),
  page('account_profile', 'account-profile', async (dev, { page }) => {
    await signInAtHome(dev, page, dev.ada);
    await page.goto(`${dev.issuer}/account/profile`);
  }),
  page('account_profile', 'account-profile-wrong', async (dev, { page }) => {
    await member(dev, page);
    await page.goto(`${dev.issuer}/account/profile`);
    await page.fill('[name=username]', 'a@b');
    await page.fill('[name=phone_number]', '12');
    await send(page, 'profile-form');
    await page.locator('#errors').waitFor();
  }),
  page('account_email', 'account-email', async (dev, { page }) => {
    await signInAtHome(dev, page, dev.ada);
    await page.goto(`${dev.issuer}/account/email`);
  }),
  page('account_email', 'account-email-code', (dev, { page }) => newAddress(dev, page)),
  page('email_return', 'email-return', async (dev, { page }) => {
    await page.goto(await addressChanged(dev, page));
    await page.locator('#return-form').waitFor();
  }),
  page('email_return', 'email-return-keeps', async (dev, { page }) => {
    await page.goto(await addressChanged(dev, page, memberWithNewFactor));
    await page.locator('#return-form').waitFor();
  }),
  page('email_return_outcome', 'email-return-done-keeps', async (dev, { page }) => {
    await page.goto(await addressChanged(dev, page, memberWithNewFactor));
    await send(page, 'return-form');
    await page.locator('#factors-stayed').waitFor();
  }),
  page('email_return_outcome', 'email-return-done', async (dev, { page }) => {
    await page.goto(await addressChanged(dev, page));
    await send(page, 'return-form');
    await page.locator('#email-return').waitFor();
  }),
  page('account_sessions', 'account-sessions', async (dev, { page, context }) => {
    await signInAtHome(dev, page, dev.ada);
    await context.clearCookies();
    await signInAtHome(dev, page, dev.ada);
    // As few as fit on any screen, whatever other tests did.
    changeRows(dev, `DELETE FROM sessions WHERE user_id = (SELECT id FROM users WHERE email = ?) AND sid NOT IN
      (SELECT sid FROM sessions ORDER BY created_at DESC LIMIT 3)`, dev.ada.email);
    await page.goto(`${dev.issuer}/account/sessions`);
  }),
  page('account_apps', 'account-apps', async (dev, { page }) => {
    await enterApp(dev, page, dev.ada, { options: { prompt: 'consent' } });
    await page.goto(`${dev.issuer}/account/apps`);
  }),
  page('account_app', 'account-app', async (dev, { page }) => {
    await enterApp(dev, page, dev.ada, { options: { prompt: 'consent' } });
    await page.goto(`${dev.issuer}/account/apps`);
    await Promise.all([page.waitForEvent('load'), page.click('.items a')]);
    await page.locator('#remove-form').waitFor();
  }),
  page('account_activity', 'account-activity', async (dev, { page }) => {
    await member(dev, page);
    await page.goto(`${dev.issuer}/account/activity`);
  }),
  page('account_data', 'account-data', async (dev, { page }) => {
    await signInAtHome(dev, page, dev.ada);
    await page.goto(`${dev.issuer}/account/data`);
  }),
  page('account_data', 'account-data-right-to-left', async (dev, { page }) => {
    await signInAtHome(dev, page, dev.ada);
    await page.goto(`${dev.issuer}/account/data`);
  }, { options: rightToLeft }),
  page('account_delete', 'account-delete', async (dev, { page }) => {
    await signInAtHome(dev, page, dev.ada);
    await page.goto(`${dev.issuer}/account/delete`);
    await page.fill('[name=confirm]', 'yes');
    await send(page, 'delete-form');
    await page.locator('#errors').waitFor();
  }),
  page('account_leaving', 'account-leaving', (dev, { page }) => leave(dev, page)),
  page('account_restore', 'account-restore', async (dev, { page }) => {
    const person = await leave(dev, page);
    await page.goto(await linkTo(dev, person.email, '/account/restore'));
    await page.locator('#restore-form').waitFor();
  }),
  page('inbox', 'inbox', async (dev, { page }) => {
    await signUp(dev, page, stranger());
    await page.goto(`${dev.issuer}/dev/inbox`);
  }),
  page('inbox_message', 'inbox-message', async (dev, { page }) => {
    const person = stranger();
    await signUp(dev, page, person);
    const { path } = await mailTo(dev, person.email);
    await page.goto(dev.issuer + path);
  }),
];
