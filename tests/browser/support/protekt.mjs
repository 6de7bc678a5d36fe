// Starts the real program and stops it again.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
const binary = process.env.PROTEKT_BIN ?? join(root, 'target/debug/protekt');
const DEADLINE = 60_000;

// Nothing of a developer's own settings may reach the program.
const environment = { PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C.UTF-8' };

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}

/** The first of two free ports that follow each other. */
async function freePorts() {
  for (let tries = 0; tries < 200; tries += 1) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (await isFree(port) && await isFree(port + 1)) return port;
  }
  throw new Error('no free ports');
}

function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), 'protekt-browser-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Runs `protekt ARGUMENTS` in `cwd` until `isReady` says so of its output. */
async function start(args, cwd, isReady) {
  const child = spawn(binary, args, { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let failure = null;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => { output += text; });
  }
  child.once('error', (error) => { failure = error; });
  const stopped = new Promise((resolve) => { child.once('close', resolve); });
  const stop = async () => {
    child.kill('SIGTERM');
    const forced = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await stopped;
    clearTimeout(forced);
  };
  const began = Date.now();
  while (!await isReady(output)) {
    if (failure || child.exitCode !== null || Date.now() - began > DEADLINE) {
      if (!failure) await stop();
      throw new Error(`${binary} ${args.join(' ')} did not start: ${failure ?? output}`);
    }
    await sleep(50);
  }
  return { output: () => output, stop };
}

/** Runs a command of the program to its end; answers what it printed. */
function run(args, cwd, input) {
  const done = spawnSync(binary, args, { cwd, env: environment, encoding: 'utf8', input });
  if (done.status !== 0) throw new Error(`protekt ${args.join(' ')}: ${done.stderr}`);
  return done.stdout;
}

/** `protekt dev` in a folder of its own. */
export async function startDev(wished) {
  const folder = temporaryFolder();
  const port = wished ?? await freePorts();
  const args = ['dev', '--data-dir', join(folder.path, 'data'), '--port', String(port)];
  const program = await start(args, folder.path, (output) => output.includes('Ctrl+C stops'));
  const people = {};
  for (const [, email, password] of program.output().matchAll(/(\S+@\S+) +password: (\S+)/g)) {
    people[email.split('@')[0]] = { email, password };
  }
  return {
    issuer: `http://localhost:${port}`,
    demo: `http://localhost:${port + 1}`,
    database: join(folder.path, 'data', 'protekt.db'),
    ...people,
    stop: async () => { await program.stop(); folder.remove(); },
  };
}

/** `protekt serve` in a folder of its own, with `settings` as the rest of its protekt.toml. */
export async function startInstallation(settings) {
  const folder = temporaryFolder();
  const port = await freePorts();
  const issuer = `http://localhost:${port}`;
  writeFileSync(join(folder.path, 'protekt.toml'), `
[server]
issuer = "${issuer}/"
listen = ["127.0.0.1:${port}", "[::1]:${port}"]
${settings}`);
  const program = await start(['serve'], folder.path, async () =>
    fetch(`${issuer}/readyz`).then((answer) => answer.ok, () => false));
  return {
    issuer,
    run: (args, input) => run(args, folder.path, input),
    stop: async () => { await program.stop(); folder.remove(); },
  };
}

const plain = (html) => html.replace(/&#x27;|&#39;/g, "'").replace(/&amp;/g, '&');

/**
 * The `count`-th mail to an address, or text to a number, oldest first, as the developer inbox shows
 * it; waits `patience` milliseconds for it.
 */
export async function mailTo(dev, email, count = 1, patience = 20_000) {
  const began = Date.now();
  while (Date.now() - began < patience) {
    const list = await (await fetch(`${dev.issuer}/dev/inbox`)).text();
    const items = list.split('<li>').filter((item) => item.includes(`To ${email}<`));
    const paths = items.map((item) => item.match(/href="(\/dev\/inbox\/[^"]+)"/)[1]);
    if (paths.length >= count) {
      const html = await (await fetch(dev.issuer + paths[paths.length - count])).text();
      return {
        path: paths[paths.length - count],
        subject: plain(html.match(/<h1><bdi>(.*?)<\/bdi>/)[1]),
        code: html.match(/data-code>(\d+)</)?.[1],
        link: html.match(/href="([^"]+)" data-link/) && plain(html.match(/href="([^"]+)" data-link/)[1]),
      };
    }
    await sleep(100);
  }
  throw new Error(`no mail ${count} to ${email}`);
}

/** Nothing was tried in the last hour: many people sign up from one network in these tests. */
export const forgetTries = (dev) => changeRows(dev, 'DELETE FROM throttle_counters');

/** Changes the database underneath; answers how many rows. */
export const changeRows = (dev, sql, ...values) => inDatabase(dev, 'rowcount', sql, values);

/** What a `SELECT COUNT(*)` counts underneath. */
export const countRows = (dev, sql, ...values) => inDatabase(dev, 'fetchone()[0]', sql, values);

function inDatabase(dev, answer, sql, values) {
  const script = `import sqlite3, sys
c = sqlite3.connect(sys.argv[1], timeout=20)
print(c.execute(sys.argv[2], sys.argv[3:]).${answer}); c.commit()`;
  const done = spawnSync(process.env.PYTHON ?? 'python3', ['-c', script, dev.database, sql, ...values], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(done.stderr);
  return Number(done.stdout);
}
