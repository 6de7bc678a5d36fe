// Chromium, and visitors whose every page is watched.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const args = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

/** A browser with a profile folder of its own, which goes when it is closed. */
export const openBrowser = () => chromium.launch({ executablePath, args });

// Chromium notes every answer of 4xx and 5xx; a page with such a status is often what a test wants.
const isStatusNote = (message) => message.text().startsWith('Failed to load resource: the server responded');

/** A page in a context (cookies) of its own. `problems` fills with what must never happen. */
export async function visit(browser, options = {}) {
  const { script = true, ...rest } = options;
  const context = await browser.newContext({
    javaScriptEnabled: script, viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', ...rest,
  });
  context.setDefaultTimeout(20_000);
  const problems = [];
  const visitor = { context, problems, loaded: [] };
  const watch = (page) => {
    page.on('console', (message) => {
      const isBad = ['error', 'warning'].includes(message.type()) && !isStatusNote(message);
      if (isBad) problems.push(`${page.url()}: console: ${message.text()}`);
    });
    page.on('pageerror', (error) => problems.push(`${page.url()}: script: ${error.message}`));
    page.on('request', (request) => {
      const url = new URL(request.url());
      const isOwn = ['localhost', '127.0.0.1'].includes(url.hostname) || url.protocol === 'data:' || url.protocol === 'blob:';
      if (!isOwn) problems.push(`${page.url()}: asked a third party: ${request.url()}`);
      if (request.isNavigationRequest()) visitor.loaded = [];
      visitor.loaded.push(request);
    });
  };
  context.on('page', watch);
  visitor.newPage = () => context.newPage();
  visitor.page = await context.newPage();
  visitor.close = async () => {
    await context.close();
    assert.deepEqual(problems, []);
  };
  return visitor;
}

/** Runs `work` with a visitor; fails if the browser complained about any page on the way. */
export async function asVisitor(browser, options, work) {
  const visitor = await visit(browser, options);
  try {
    await work(visitor.page, visitor);
  } catch (error) {
    const path = visitor.page.url();
    const text = await visitor.page.locator('body').innerText({ timeout: 2_000 }).catch(() => '');
    await visitor.context.close();
    const seen = `at ${path}\n  ${visitor.problems.join('\n  ')}\n${text.slice(0, 600)}`;
    throw new Error(`${error.message}\n  ${seen}`, { cause: error });
  }
  await visitor.close();
}

const focused = (page, selector) => page.locator(selector)
  .evaluateAll((elements) => elements.includes(document.activeElement));

/** Ways to use a page: each ends once the control was used. */
export const mouse = {
  name: 'by mouse',
  fill: async (page, selector, text) => { await page.click(selector); await page.fill(selector, text); },
  press: (page, selector) => page.click(selector),
  tick: (page, selector) => page.click(selector),
};

export const keyboard = {
  name: 'by keyboard alone',
  async fill(page, selector, text) {
    await tabTo(page, selector);
    await page.keyboard.press('Control+a');
    await page.keyboard.type(text);
  },
  async press(page, selector) {
    await tabTo(page, selector);
    await page.keyboard.press('Enter');
  },
  async tick(page, selector) {
    await tabTo(page, selector);
    await page.keyboard.press('Space');
  },
};

/** Presses Tab until the control has the focus, as a person would. */
export async function tabTo(page, selector, most = 40) {
  await page.locator(selector).first().waitFor();
  for (let count = 0; count < most; count += 1) {
    if (await focused(page, selector)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`the Tab key never reaches ${selector}`);
}

/** What the Tab key visits from the beginning of the page: ids, or texts of links and buttons. */
export async function focusOrder(page, most = 25) {
  const order = [];
  for (let count = 0; count < most; count += 1) {
    await page.keyboard.press('Tab');
    const name = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      return element.id || element.textContent.trim().replace(/\s+/g, ' ');
    });
    if (name === null || order.includes(name)) break;
    order.push(name);
  }
  return order;
}
