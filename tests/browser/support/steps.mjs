// The steps that people take.
import assert from 'node:assert/strict';
import { mailTo } from './protekt.mjs';
import { mouse } from './browser.mjs';

let people = 0;
/** Somebody new. */
export function stranger() {
  people += 1;
  const name = `person${process.pid}x${people}`;
  return { name: `Person ${people}`, email: `${name}@example.com`, password: 'violet-tractor-hums-41' };
}

export const json = async (page, selector) => JSON.parse(await page.locator(selector).innerText());

/** From the app to the sign-in page. `options` go to the authorization endpoint. */
export async function toLogin(dev, page, options = {}) {
  const query = new URLSearchParams(options).toString();
  await page.goto(`${dev.demo}/sign-in${query && `?${query}`}`);
}

export async function fillLogin(page, person, hands = mouse) {
  await hands.fill(page, '[name=username]', person.email);
  await hands.fill(page, '[name=password]', person.password);
}

export async function signIn(dev, page, person, { hands = mouse, options } = {}) {
  await toLogin(dev, page, options);
  await fillLogin(page, person, hands);
  await hands.press(page, '#login-submit');
}

export const inApp = (page) => page.locator('#signed-in').waitFor();

/** Signs in and allows the app what it asks for. */
export async function enterApp(dev, page, person, options = {}) {
  await signIn(dev, page, person, options);
  await page.locator('#consent-allow').click();
  await inApp(page);
}

export async function signInAtHome(dev, page, person, remember = false) {
  await page.goto(`${dev.issuer}/login`);
  await fillLogin(page, person);
  if (remember) await page.check('#remember');
  await page.click('#login-submit');
  await page.waitForURL('**/account');
}

/** From the app through the sign-up form; ends on "Check your email". */
export async function signUp(dev, page, person, hands = mouse) {
  await toLogin(dev, page);
  await hands.press(page, '.switch a');
  await fillSignUp(page, person, hands);
  await hands.press(page, '#signup-form .btn');
  await page.locator('#verify-form').waitFor();
}

export async function fillSignUp(page, person, hands = mouse) {
  await page.locator('#signup-form').waitFor();
  await hands.fill(page, '[name=name]', person.name);
  await hands.fill(page, '[name=email]', person.email);
  await hands.fill(page, '[name=password]', person.password);
}

export async function enterCode(page, code, hands = mouse) {
  await hands.fill(page, '[name=code]', code);
  await hands.press(page, '#verify-form .btn');
}

/** On the consent page of the app: allows, and is in the app as `person`. */
export async function allowAs(page, person) {
  await page.locator('#consent-allow').click();
  await inApp(page);
  const claims = await json(page, '#id-token-claims');
  assert.equal(claims.email, person.email);
}

/** The app's answer address answers nothing, so that the page before it stays. */
export const holdAnswers = (context) =>
  context.route(/\/callback|\/signed-out/, (route) => route.fulfill({ status: 204 }));

/** A page where somebody has been signed up but not verified, and the mail that came. */
export async function signedUp(dev, page) {
  const person = stranger();
  await signUp(dev, page, person);
  return { person, mail: await mailTo(dev, person.email) };
}

/** Asks for a link to a new password; ends on the page that says where to look. */
export async function forgot(dev, page, email) {
  await page.goto(`${dev.issuer}/password/forgot`);
  await page.fill('[name=email]', email);
  await page.click('#forgot-form .btn');
  await page.locator('#reset-sent').waitFor();
}

/** Somebody with an account who asked for a link, and the link. */
export async function resetLink(dev, page) {
  const { person, mail } = await signedUp(dev, page);
  await enterCode(page, mail.code);
  await page.locator('#consent-form').waitFor();
  await page.context().clearCookies();
  await forgot(dev, page, person.email);
  return { person, link: await resetLinkTo(dev, person.email) };
}

/** The link of the first mail about a new password; mails of one second come in any order. */
export async function resetLinkTo(dev, email) {
  await mailTo(dev, email, 2);
  const links = await Promise.all([1, 2].map(async (count) => (await mailTo(dev, email, count)).link));
  return links.find((link) => link?.includes('/password/reset'));
}

/** Sends the form that is shown, and waits for the page that follows. */
export const send = (page, form) => Promise.all([page.waitForEvent('load'), page.click(`#${form} .btn:not(a)`)]);

/** The mail that holds a link of this kind; mails of one second come in any order. */
export async function linkTo(dev, email, part, most = 6) {
  for (let count = 1; count <= most; count += 1) {
    const { link } = await mailTo(dev, email, count);
    if (link?.includes(part)) return link;
  }
  throw new Error(`no link ${part} to ${email}`);
}
