// What holds for every page in every state.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from './protekt.mjs';

export const screenshots = join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'screenshots');
mkdirSync(screenshots, { recursive: true });

export const schemes = ['light', 'dark'];
export const widths = [1280, 390];
/** The narrowest, in one scheme: colours do not depend on the width. */
const narrowest = 320;

/** Nobody looks at pictures where the tests run by themselves, and they take a fifth of the time. */
const keepsPictures = !process.env.CI;

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const options = { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } };

async function violations(page) {
  if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(axe);
  const found = await page.evaluate((given) => window.axe.run(document, given), options);
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html.slice(0, 160)}: ${node.failureSummary?.split('\n')[1]?.trim()}`));
}

/** Chromium's own opinion of the forms. */
async function formIssues(page) {
  const session = await page.context().newCDPSession(page);
  const issues = [];
  session.on('Audits.issueAdded', ({ issue }) => issues.push(issue.code));
  await session.send('Audits.enable');
  const { formIssues: found } = await session.send('Audits.checkFormsIssues');
  await session.detach();
  return [...issues, ...found.map((issue) => issue.errorType)];
}

/** How many pixels the page is wider than the window. */
const overflow = (page) => page.evaluate(() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  return scrollWidth - clientWidth;
});

/** The ways through the account that lie outside the window: a person does not know of them. */
const unseenWays = (page) => page.locator('nav a').evaluateAll((links) => links
  .filter((link) => {
    const { left, right } = link.getBoundingClientRect();
    return left < 0 || right > document.documentElement.clientWidth;
  })
  .map((link) => link.textContent.trim()));

const looks = [
  ...schemes.flatMap((colorScheme) => widths.map((width) => ({ colorScheme, width }))),
  { colorScheme: 'light', width: narrowest },
];
/** What is enough where only the words differ. */
const brief = [{ colorScheme: 'light', width: 1280 }, { colorScheme: 'dark', width: 390 }];

/** Fails with all that is wrong with the page as it stands; leaves its pictures behind, but in CI. */
export async function examine(page, name, { isDemo = false, isBrief = false } = {}) {
  const wrong = [];
  const see = (what, found) => { for (const one of found) wrong.push(`${what}: ${one}`); };
  const html = await page.evaluate(() => {
    const { lang, dir } = document.documentElement;
    return { lang, dir, title: document.title, h1: document.querySelectorAll('h1').length };
  });
  if (!html.lang) wrong.push('no lang');
  if (!isDemo && !['ltr', 'rtl'].includes(html.dir)) wrong.push('no dir');
  if (!html.title.trim()) wrong.push('no title');
  if (html.h1 !== 1) wrong.push(`${html.h1} h1`);
  see('form issue', await formIssues(page));
  for (const { colorScheme, width } of isBrief ? brief : looks) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: width > 800 ? 900 : 844 });
    const path = join(screenshots, `${name}-${colorScheme}-${width}.png`);
    if (keepsPictures) await page.screenshot({ path, fullPage: true });
    see(`axe, ${colorScheme}, ${width}`, await violations(page));
  }
  await page.emulateMedia({ colorScheme: 'light' });
  for (const width of [...widths, narrowest]) {
    await page.setViewportSize({ width, height: 844 });
    const pixels = await overflow(page);
    if (pixels > 0) wrong.push(`${pixels} px too wide at ${width}`);
    see(`outside the window, ${width}`, await unseenWays(page));
  }
  assert.deepEqual(wrong, [], name);
}

// Raw bytes.
const HTML = 8_000;
const REQUESTS = 6;

/** The bars for the weight of a page: what the visitor's last navigation loaded. */
export async function weigh(visitor, name) {
  // What a script asks for once somebody touches the page is no part of loading it.
  const loaded = visitor.loaded.filter((request) => request.resourceType() !== 'fetch');
  assert.ok(loaded.length <= REQUESTS, `${name}: ${loaded.length} requests`);
  const response = await loaded[0]?.response();
  if (response?.headers()['content-type']?.startsWith('text/html')) {
    const bytes = (await response.body()).length;
    assert.ok(bytes <= HTML, `${name}: ${bytes} bytes of HTML`);
  }
}
