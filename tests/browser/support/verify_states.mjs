// The states of the pages that verify an address.
import assert from 'node:assert/strict';

import { changeRows, mailTo } from './protekt.mjs';
import { enterCode, send, signedUp, signUp } from './steps.mjs';

const page = (template, name, open, more = {}) => ({ template: `pages/${template}.html`, name, open, ...more });
const errors = ({ page: shown }) => shown.locator('#errors').waitFor();
const rightToLeft = { locale: 'ar-XB' };

async function unfinished(dev, visitor) {
  const made = await signedUp(dev, visitor.page);
  return { ...made, page: visitor.page };
}

export const verifyStates = [
  page('check_email', 'check-email', (dev, visitor) => unfinished(dev, visitor)),
  page('check_email', 'check-email-wrong', async (dev, visitor) => {
    const { mail } = await unfinished(dev, visitor);
    await enterCode(visitor.page, mail.code === '000000' ? '000001' : '000000');
    await errors(visitor);
  }),
  page('check_email', 'check-email-too-many', async (dev, visitor) => {
    const { mail } = await unfinished(dev, visitor);
    for (let tries = 0; tries < 7; tries += 1) {
      await enterCode(visitor.page, mail.code === '000000' ? '000001' : '000000');
      await errors(visitor);
    }
  }),
  page('check_email', 'check-email-too-soon', async (dev, visitor) => {
    await unfinished(dev, visitor);
    await visitor.page.click('#resend-form .btn');
    await errors(visitor);
  }),
  page('check_email', 'check-email-new-code', async (dev, { page }) => {
    await signedUp(dev, page);
    await page.goto(`${page.url()}&notice=new-code`);
  }),
  page('check_email', 'check-email-address-changed', async (dev, { page }) => {
    await signedUp(dev, page);
    await page.goto(`${page.url()}&notice=address-changed`);
  }),
  page('check_email', 'check-email-address-wrong', async (dev, visitor) => {
    const { page } = await unfinished(dev, visitor);
    await page.click('details summary');
    await page.fill('#change-address-form [name=email]', 'nonsense');
    await page.click('#change-address-form .btn');
    await errors(visitor);
  }),
  page('check_email', 'check-email-right-to-left', (dev, visitor) => unfinished(dev, visitor),
    { options: rightToLeft }),

  page('verify_link', 'verify-link', async (dev, { page }) => {
    const { mail } = await signedUp(dev, page);
    await page.goto(mail.link);
  }),
  page('verify_outcome', 'verify-unknown', (dev, { page }) =>
    page.goto(`${dev.issuer}/verify-email?token=ptk_ml_unknown`), { kind: 'unknown' }),
  page('verify_outcome', 'verify-elsewhere', async (dev, visitor) => {
    const { mail } = await unfinished(dev, visitor);
    await visitor.context.clearCookies();
    await visitor.page.goto(mail.link);
    await visitor.page.click('#verify-confirm .btn');
    await visitor.page.locator('#verify-outcome').waitFor();
  }, { kind: 'verified' }),
  page('verify_outcome', 'verify-alone', async (dev, visitor) => {
    const { person, mail } = await unfinished(dev, visitor);
    // As by a link that a machine handed on.
    const grant = `INSERT OR IGNORE INTO client_grants
      SELECT 'links', (SELECT MIN(id) FROM clients), id, 'client', 'create:user_tickets', 0, 0
      FROM resource_servers WHERE identifier LIKE '%/api/v2/'`;
    changeRows(dev, grant);
    const link = `UPDATE email_verifications SET machine_scopes = 'create:user_tickets',
      machine_id = (SELECT MIN(id) FROM clients) WHERE email = ?`;
    assert.equal(changeRows(dev, link, person.email), 1);
    await visitor.context.clearCookies();
    await visitor.page.goto(mail.link);
    await visitor.page.click('#verify-confirm .btn');
    await visitor.page.locator('#verify-outcome').waitFor();
  }, { kind: 'verified-alone' }),
  page('verify_outcome', 'verify-used', async (dev, visitor) => {
    const { page, mail } = await unfinished(dev, visitor);
    await enterCode(page, mail.code);
    await page.locator('#consent-form').waitFor();
    await page.goto(mail.link);
  }, { kind: 'used' }),
  page('verify_outcome', 'verify-before', async (dev, visitor) => {
    const { mail } = await unfinished(dev, visitor);
    await visitor.context.clearCookies();
    await visitor.page.goto(mail.link);
    const second = await visitor.newPage();
    await second.goto(mail.link);
    await second.click('#verify-confirm .btn');
    await second.locator('#verify-outcome').waitFor();
    await visitor.page.click('#verify-not-me .btn');
    await visitor.page.locator('#verify-outcome').waitFor();
  }, { kind: 'verified-before' }),
  page('verify_outcome', 'verify-expired', async (dev, { page }) => {
    const { person, mail } = await signedUp(dev, page);
    const sql = 'UPDATE email_verifications SET link_expires_at = sent_at, code_expires_at = sent_at WHERE email = ?';
    assert.equal(changeRows(dev, sql, person.email), 1);
    await page.goto(mail.link);
  }, { kind: 'expired' }),
  page('verify_outcome', 'verify-superseded', async (dev, { page }) => {
    const { person, mail } = await signedUp(dev, page);
    // Another mail is only sent after a minute.
    const sql = 'UPDATE email_verifications SET sent_at = sent_at - 120 WHERE email = ?';
    assert.equal(changeRows(dev, sql, person.email), 1);
    await send(page, 'resend-form');
    await mailTo(dev, person.email, 2);
    await page.goto(mail.link);
  }, { kind: 'superseded' }),
  page('verify_outcome', 'verify-begun-again', async (dev, { page, context }) => {
    const { person } = await signedUp(dev, page);
    const older = page.url();
    // As somebody in another browser does.
    await context.clearCookies();
    await signUp(dev, page, person);
    await page.goto(older);
  }, { kind: 'begun-again' }),
  page('verify_outcome', 'verify-removed', async (dev, { page }) => {
    const { mail } = await signedUp(dev, page);
    await page.goto(mail.link);
    await page.click('#verify-not-me .btn');
    await page.locator('#verify-outcome').waitFor();
  }, { kind: 'removed' }),
];
