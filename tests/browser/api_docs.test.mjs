// The page that shows the document of the JSON endpoints: it draws, and asks nobody else.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { startDev } from './support/protekt.mjs';

let dev;
let browser;
before(async () => { [dev, browser] = await Promise.all([startDev(), openBrowser()]); });
after(async () => { await browser?.close(); await dev?.stop(); });

test('the page shows every group of operations, and one with what it answers', async () => {
  const page = await browser.newPage();
  const [complaints, asked] = [[], []];
  page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(`${dev.issuer}/api/docs`);
  const group = page.locator('.opblock-tag[data-tag="Users"]');
  await group.waitFor();
  assert.ok(await page.locator('.opblock-tag').count() > 8);
  await group.click();
  const operation = page.locator('.opblock', { hasText: '/api/v2/users-by-email' });
  await operation.locator('.opblock-summary-control').first().click();
  await operation.locator('.responses-table').first().waitFor();
  assert.match(await operation.innerText(), /The account, or an empty list\./);
  assert.deepEqual(complaints, []);
  const others = asked.filter((url) => !url.startsWith(`${dev.issuer}/`) && !url.startsWith('data:'));
  assert.deepEqual(others, []);
  assert.ok(asked.includes(`${dev.issuer}/api/openapi.json`), asked.join(' '));
  await page.close();
});
