#!/usr/bin/env python3
"""Tokens of the real server, verified by a library that is not ours, before and after a rotation.

Starts `protekt serve` on a database of its own, walks a person through the code flow with plain
HTTP, and verifies ID and access tokens with PyJWT through the JWKS.

Needs PyJWT and cryptography (Debian: python3-jwt python3-cryptography) and the built program:
target/debug/protekt, or what PROTEKT_BIN names.
"""

import base64
import hashlib
import html
import http.cookiejar
import json
import os
import pathlib
import re
import secrets
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

import jwt

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROTEKT = os.environ.get("PROTEKT_BIN", str(ROOT / "target/debug/protekt"))
PASSWORD = "walnut-harbour-97"
EMAIL = "ada@example.com"
CALLBACK = "http://localhost:9/callback"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Browser:
    """Cookies, forms and redirects; nothing of the inside."""

    def __init__(self):
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar, NoRedirect)

    def open(self, url, fields=None):
        """The page at the end of the redirects, or the URL of the client."""
        data = urllib.parse.urlencode(fields).encode() if fields else None
        while not url.startswith(CALLBACK):
            request = urllib.request.Request(url, data)
            try:
                with self.opener.open(request) as answer:
                    page = answer.read().decode()
            except urllib.error.HTTPError as answer:
                if answer.code != 303:
                    raise SystemExit(f"{url} answered {answer.code}: {answer.read().decode()[:500]}")
                url, data = urllib.parse.urljoin(url, answer.headers["location"]), None
                continue
            refresh = re.search(r'http-equiv="refresh" content="0;url=([^"]*)"', page)
            if not refresh:
                return url, page
            url = html.unescape(refresh.group(1))
        return url, ""

    def submit(self, url, page, form_id, **fields):
        form = re.search(rf'<form id="{form_id}"(.*?)</form>', page, re.S).group(1)
        action = html.unescape(re.search(r'action="([^"]*)"', form).group(1))
        hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form)
        values = {name: html.unescape(value) for name, value in hidden} | fields
        return self.open(urllib.parse.urljoin(url, action), values)


def protekt(folder, *arguments, given=None):
    done = subprocess.run(
        [PROTEKT, *arguments], cwd=folder, input=given, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise SystemExit(f"protekt {' '.join(arguments)} failed: {done.stderr}")
    return done.stdout


def tokens_of(issuer, client, secret):
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    query = urllib.parse.urlencode({
        "client_id": client, "redirect_uri": CALLBACK, "response_type": "code",
        "scope": "openid email offline_access", "state": "s", "nonce": "n",
        "code_challenge": challenge, "code_challenge_method": "S256",
    })
    browser = Browser()
    url, page = browser.open(f"{issuer}oauth/authorize?{query}")
    url, page = browser.submit(url, page, "login-form", username=EMAIL, password=PASSWORD)
    if page:
        url, page = browser.submit(url, page, "consent-form", decision="allow")
    answer = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)
    assert answer["iss"] == [issuer] and answer["state"] == ["s"], answer
    body = urllib.parse.urlencode({
        "grant_type": "authorization_code", "code": answer["code"][0], "redirect_uri": CALLBACK,
        "code_verifier": verifier, "client_id": client, "client_secret": secret,
    }).encode()
    with urllib.request.urlopen(f"{issuer}oauth/token", body) as token_answer:
        return json.load(token_answer)


def verify(issuer, client, tokens):
    """What a resource server and a client do; answers the `kid`."""
    with urllib.request.urlopen(f"{issuer}.well-known/openid-configuration") as answer:
        discovery = json.load(answer)
    assert discovery["issuer"] == issuer
    keys = jwt.PyJWKClient(discovery["jwks_uri"])
    access, identity = tokens["access_token"], tokens["id_token"]
    claims = jwt.decode(
        access, keys.get_signing_key_from_jwt(access).key, algorithms=["RS256"],
        issuer=issuer, audience=f"{issuer}userinfo",
        options={"require": ["exp", "iat", "sub", "aud", "iss", "jti", "client_id"]},
    )
    assert jwt.get_unverified_header(access)["typ"] == "at+jwt"
    assert claims["client_id"] == client
    claims = jwt.decode(
        identity, keys.get_signing_key_from_jwt(identity).key, algorithms=["RS256"],
        issuer=issuer, audience=client,
    )
    assert claims["nonce"] == "n" and claims["email"] == EMAIL, claims
    half = hashlib.sha256(access.encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()
    return jwt.get_unverified_header(access)["kid"]


def must_refuse(issuer, tokens):
    """A changed token must not verify: otherwise nothing above proves anything."""
    keys = jwt.PyJWKClient(f"{issuer}.well-known/jwks.json")
    access = tokens["access_token"]
    head, body, signature = access.split(".")
    changed = f"{head}.{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    try:
        jwt.decode(changed, keys.get_signing_key_from_jwt(access).key, algorithms=["RS256"],
                   issuer=issuer, audience=f"{issuer}userinfo")
    except jwt.InvalidSignatureError:
        return
    raise SystemExit("a token with a changed signature was accepted")


def wait_until_ready(issuer, server):
    for _ in range(200):
        try:
            urllib.request.urlopen(f"{issuer}readyz").close()
            return
        except OSError:
            if server.poll() is not None:
                raise SystemExit("protekt serve ended")
            time.sleep(0.05)
    raise SystemExit("protekt serve does not get ready")


def main():
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        issuer = f"http://localhost:{port}/"
        pathlib.Path(folder, "protekt.toml").write_text(
            f'[server]\nissuer = "{issuer}"\nlisten = ["127.0.0.1:{port}"]\n'
            '[email]\nprovider = "file"\nfolder = "mail"\n'
        )
        protekt(folder, "user", "create", EMAIL, "--password-file", "-", given=PASSWORD)
        made = json.loads(protekt(
            folder, "client", "create", "Test", "--kind", "web", "--redirect-uri", CALLBACK,
            "--json",
        ))
        client, secret = made["client_id"], made["client_secret"]
        log = open(pathlib.Path(folder, "log"), "w")
        server = subprocess.Popen([PROTEKT, "serve"], cwd=folder, stdout=log, stderr=log)
        try:
            wait_until_ready(issuer, server)
            before = tokens_of(issuer, client, secret)
            old = verify(issuer, client, before)
            must_refuse(issuer, before)
            # The next key must have been published for a while; let it look older than it is.
            with sqlite3.connect(pathlib.Path(folder, "data/protekt.db")) as database:
                database.execute("UPDATE signing_keys SET created_at = created_at - 3600")
            protekt(folder, "keys", "rotate")
            after = tokens_of(issuer, client, secret)
            new = verify(issuer, client, after)
            assert old != new, "the rotation changed nothing"
            assert verify(issuer, client, before) == old, "an old token no longer verifies"
        finally:
            server.terminate()
            server.wait(20)
        print(f"verified with {old} before the rotation, and with {new} and {old} after it")


if __name__ == "__main__":
    sys.exit(main())
