// Tokens of `protekt serve`, verified by a library that is not ours, before and after the signing
// key changed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { startInstallation } from './support/protekt.mjs';
import { obtainTokens } from './support/relying_party.mjs';

const person = { email: 'ada@example.com', password: 'violet-tractor-hums-41' };
const client = { redirectUri: 'https://notes.example.com/callback' };
const api = 'https://api.example.com/';
// The shortest time that verifiers may keep the keys, and a minute for everybody to see the next.
const NEXT_KEY_IS_KNOWN = 60_000 + 60_000 + 2_000;

let installation;
let issuer;
let startedAt;
before(async () => {
  installation = await startInstallation('[keys]\njwks_max_age = 60\n');
  ({ issuer } = installation);
  startedAt = Date.now();
  const user = ['user', 'create', person.email, '--name', 'Ada Lovelace', '--password-file', '-'];
  installation.run(user, person.password);
  const made = JSON.parse(installation.run([
    'client', 'create', 'Notes', '--kind', 'web', '--first-party', '--json',
    '--redirect-uri', client.redirectUri, '--auth-method', 'client_secret_basic',
    '--default-audience', api,
  ]));
  Object.assign(client, { id: made.client_id, secret: made.client_secret });
});
after(() => installation?.stop());

const kid = (token) => decodeProtectedHeader(token).kid;

async function verify(tokens, keys) {
  const expected = { issuer: `${issuer}/`, algorithms: ['RS256'] };
  const id = await jwtVerify(tokens.id, keys, { ...expected, audience: client.id, typ: 'JWT' });
  assert.equal(id.payload.nonce, tokens.nonce);
  assert.equal(id.payload.email, person.email);
  const access = await jwtVerify(tokens.access, keys, {
    ...expected, typ: 'at+jwt', audience: api,
    requiredClaims: ['exp', 'iat', 'sub', 'aud', 'iss', 'jti', 'client_id'],
  });
  assert.equal(access.payload.client_id, client.id);
  assert.equal(access.payload.sub, id.payload.sub);
}

test('tokens verify through the JWKS, before and after the signing key changes', async () => {
  const discovery = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  assert.equal(discovery.issuer, `${issuer}/`);
  // One set of keys all along: it has to find the new key by itself.
  const keys = createRemoteJWKSet(new URL(discovery.jwks_uri), { cooldownDuration: 0 });

  const old = await obtainTokens(issuer, client, person);
  await verify(old, keys);

  const [head, body, signature] = old.access.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url'));
  const forged = Buffer.from(JSON.stringify({ ...claims, sub: 'somebody else' })).toString('base64url');
  await assert.rejects(jwtVerify([head, forged, signature].join('.'), keys), /signature/);

  const early = () => installation.run(['keys', 'rotate']);
  assert.throws(early, /seconds|minute|early|wait/i);
  const left = NEXT_KEY_IS_KNOWN - (Date.now() - startedAt);
  await new Promise((resolve) => { setTimeout(resolve, Math.max(left, 0)); });
  installation.run(['keys', 'rotate']);

  const fresh = await obtainTokens(issuer, client, person);
  assert.notEqual(kid(fresh.access), kid(old.access));
  assert.equal(kid(fresh.id), kid(fresh.access));
  await verify(fresh, keys);
  await verify(old, keys);
  const published = await (await fetch(discovery.jwks_uri)).json();
  const kids = published.keys.map((key) => key.kid);
  assert.ok(kids.includes(kid(old.access)) && kids.includes(kid(fresh.access)));
  assert.ok(published.keys.every((key) => key.d === undefined && key.use === 'sig' && key.alg === 'RS256'));
});
