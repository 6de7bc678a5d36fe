#!/usr/bin/env python3
"""Tokens of `protekt serve`, verified by PyJWT through the JWKS, before and after a key rotation.

    verify.py [PROTEKT]

PROTEKT is the program; target/debug/protekt unless given. Needs PyJWT with cryptography (Debian:
python3-jwt, python3-cryptography); everything else is Python's own library.
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
EMAIL = "ada@example.com"
PASSWORD = "violet-tractor-hums-41"
REDIRECT_URI = "https://notes.example.com/callback"
API = "https://api.example.com/"


class Installation:
    """A Protekt of its own in a temporary folder."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.issuer = f"http://localhost:{port}/"
        (folder / "protekt.toml").write_text(
            f'[server]\nissuer = "{self.issuer}"\nlisten = ["127.0.0.1:{port}"]\n'
            "[keys]\njwks_max_age = 60\n"
        )
        self.process = subprocess.Popen(
            [program, "serve"], cwd=folder, env=self.environment(),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )

    @staticmethod
    def environment():
        return {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8"}

    def wait_until_ready(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(self.issuer + "readyz"):
                    return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        raise SystemExit("protekt serve did not start")

    def run(self, *arguments, stdin=""):
        done = subprocess.run(
            [self.program, *arguments], cwd=self.folder, env=self.environment(),
            input=stdin, capture_output=True, text=True, check=False,
        )
        if done.returncode:
            raise SystemExit(f"protekt {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def let_the_next_key_be_known(self):
        """It signs two minutes after it was published at the earliest: here the clock is helped."""
        with sqlite3.connect(self.folder / "data" / "protekt.db", timeout=20) as database:
            database.execute("UPDATE signing_keys SET created_at = created_at - 600")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()


class Stay(urllib.request.HTTPRedirectHandler):
    """Redirects are answers here."""

    def redirect_request(self, *_):
        return None


def obtain_tokens(issuer, client):
    opener = urllib.request.build_opener(
        Stay, urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    )

    def ask(url, form=None, **headers):
        body = urllib.parse.urlencode(form).encode() if form else None
        request = urllib.request.Request(urllib.parse.urljoin(issuer, url), body, headers)
        try:
            answer = opener.open(request)
        except urllib.error.HTTPError as error:
            answer = error
        return answer.status, answer.headers, answer.read().decode()

    verifier = secrets.token_urlsafe(32)
    challenge = hashlib.sha256(verifier.encode()).digest()
    nonce = secrets.token_urlsafe(16)
    query = urllib.parse.urlencode({
        "response_type": "code", "client_id": client["client_id"], "redirect_uri": REDIRECT_URI,
        "scope": "openid email", "state": "s", "nonce": nonce, "code_challenge_method": "S256",
        "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
    })
    status, headers, text = ask("/oauth/authorize?" + query)
    assert status == 303, (status, text)
    _, _, page = ask(headers["Location"])
    hidden = {name: re.search(f'name="{name}" value="([^"]*)"', page)[1] for name in ("csrf", "flow")}
    status, _, page = ask(
        "/login", {**hidden, "username": EMAIL, "password": PASSWORD}, Origin=issuer.rstrip("/")
    )
    assert status == 200, (status, page)
    back = html.unescape(re.search('id="hand-back" href="([^"]+)"', page)[1])
    answer = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(back).query))
    assert answer["iss"] == issuer and answer["state"] == "s", answer

    basic = base64.b64encode(f'{client["client_id"]}:{client["client_secret"]}'.encode()).decode()
    status, _, text = ask("/oauth/token", {
        "grant_type": "authorization_code", "code": answer["code"],
        "redirect_uri": REDIRECT_URI, "code_verifier": verifier,
    }, Authorization=f"Basic {basic}")
    assert status == 200, (status, text)
    return {**json.loads(text), "nonce": nonce}


def verify(tokens, issuer, client):
    """Answers the `kid`. A new set of keys each time, as a resource server's after a restart."""
    with urllib.request.urlopen(issuer + ".well-known/openid-configuration") as answer:
        keys = jwt.PyJWKClient(json.load(answer)["jwks_uri"])

    def claims_of(token, audience, kind):
        header = jwt.get_unverified_header(token)
        assert header["typ"].lower() == kind, header
        key = keys.get_signing_key_from_jwt(token)
        claims = jwt.decode(
            token, key.key, algorithms=["RS256"], audience=audience, issuer=issuer,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
        return header["kid"], claims

    id_kid, identity = claims_of(tokens["id_token"], client["client_id"], "jwt")
    access_kid, access = claims_of(tokens["access_token"], API, "at+jwt")
    assert identity["nonce"] == tokens["nonce"] and identity["email"] == EMAIL, identity
    assert access["client_id"] == client["client_id"] and access["sub"] == identity["sub"], access
    digest = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert identity["at_hash"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert id_kid == access_kid
    return id_kid


def main(program):
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(program, pathlib.Path(folder))
        try:
            installation.wait_until_ready()
            installation.run("user", "create", EMAIL, "--password-file", "-", stdin=PASSWORD)
            client = json.loads(installation.run(
                "client", "create", "Notes", "--kind", "web", "--first-party", "--json",
                "--redirect-uri", REDIRECT_URI, "--auth-method", "client_secret_basic",
                "--default-audience", API,
            ))
            issuer = installation.issuer
            old = obtain_tokens(issuer, client)
            old_kid = verify(old, issuer, client)
            print(f"PyJWT {jwt.__version__} verified ID token and access token of key {old_kid}")
            installation.let_the_next_key_be_known()
            installation.run("keys", "rotate")
            new = obtain_tokens(issuer, client)
            new_kid = verify(new, issuer, client)
            assert new_kid != old_kid
            print(f"after the rotation: those of key {new_kid}")
            assert verify(old, issuer, client) == old_kid
            print(f"and still those of key {old_kid}")
        finally:
            installation.stop()
    print("3 passed, 0 failed")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "target" / "debug" / "protekt"))
