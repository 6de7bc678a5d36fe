// Takes the pictures of the documentation anew: npm run pictures (needs Debian's pngquant)
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { asVisitor, openBrowser } from './support/browser.mjs';
import { root, startDev } from './support/protekt.mjs';
import { signIn, toLogin } from './support/steps.mjs';

const folder = join(root, 'docs/images');
mkdirSync(folder, { recursive: true });
const dev = await startDev(5500);
const browser = await openBrowser();
try {
  await asVisitor(browser, { colorScheme: 'light' }, async (page) => {
    await page.setViewportSize({ width: 1280, height: 800 });
    await toLogin(dev, page);
    await page.screenshot({ path: join(folder, 'login.png') });
    await signIn(dev, page, dev.ada);
    await page.locator('#consent-form').waitFor();
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.screenshot({ path: join(folder, 'consent.png') });
  });
} finally {
  await browser.close();
  await dev.stop();
}

const pictures = ['login.png', 'consent.png'].map((name) => join(folder, name));
const packed = spawnSync('pngquant', ['--force', '--ext', '.png', '--strip', '256', ...pictures]);
if (packed.status !== 0) throw new Error('pngquant is not installed: the pictures are too large');
