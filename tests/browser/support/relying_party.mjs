// An app of a few lines, over plain HTTP: what any language's standard library can do.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';

const decode = (html) => html.replaceAll('&#38;', '&').replaceAll('&amp;', '&');
const field = (html, name) => html.match(new RegExp(`name="${name}" value="([^"]*)"`))[1];

// Node.js 18 knows them only joined.
const cookieLines = (headers) => headers.getSetCookie?.()
  ?? (headers.get('set-cookie') ?? '').split(/, (?=[\w-]+=)/).filter(Boolean);

/** Signs `person` in at `issuer` for `client`, and buys tokens with the code. */
export async function obtainTokens(issuer, client, person) {
  const cookies = new Map();
  const ask = async (url, init = {}) => {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
    const answer = await fetch(url, { redirect: 'manual', ...init, headers: { cookie, ...init.headers } });
    for (const line of cookieLines(answer.headers)) {
      const [name, value] = line.split(';')[0].split('=');
      cookies.set(name, value);
    }
    return answer;
  };
  const post = (url, form) => ask(url, {
    method: 'POST', body: new URLSearchParams(form), headers: { origin: issuer },
  });

  const verifier = randomBytes(32).toString('base64url');
  const nonce = randomBytes(16).toString('base64url');
  const authorize = new URL(`${issuer}/oauth/authorize`);
  authorize.search = new URLSearchParams({
    response_type: 'code', client_id: client.id, redirect_uri: client.redirectUri,
    scope: 'openid email', state: 'some state', nonce, prompt: 'login', code_challenge_method: 'S256',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  });
  const begun = await ask(authorize);
  assert.equal(begun.status, 303);
  const page = await (await ask(new URL(begun.headers.get('location'), issuer))).text();
  const done = await post(`${issuer}/login`, {
    csrf: field(page, 'csrf'), flow: field(page, 'flow'),
    username: person.email, password: person.password,
  });
  assert.equal(done.status, 200);
  const back = new URL(decode((await done.text()).match(/id="hand-back" href="([^"]+)"/)[1]));
  assert.equal(back.searchParams.get('state'), 'some state');
  assert.equal(back.searchParams.get('iss'), `${issuer}/`);

  const answer = await fetch(`${issuer}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code', code: back.searchParams.get('code'),
      redirect_uri: client.redirectUri, code_verifier: verifier,
    }),
  });
  assert.equal(answer.status, 200);
  const tokens = await answer.json();
  return { nonce, access: tokens.access_token, id: tokens.id_token };
}
