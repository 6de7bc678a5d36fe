#!/usr/bin/env python3
"""A mail server for tests: keeps every mail as one file.

    server.py PORT FOLDER [--tls starttls|implicit --cert FILE --key FILE] [--login NAME:PASSWORD] [--ascii]

With --tls nothing is taken before the connection is protected; with --login nothing before that
name has signed in; with --ascii no mailbox beyond ASCII is known (RFC 6531). Needs aiosmtpd (Debian: python3-aiosmtpd).
"""

import argparse
import asyncio
import itertools
import pathlib
import ssl

from aiosmtpd.smtp import SMTP, AuthResult


class Keep:
    """Writes each mail beside its place and renames it, so that no half is ever read."""

    def __init__(self, folder):
        self.folder = folder
        self.numbers = itertools.count(1)

    async def handle_DATA(self, server, session, envelope):
        number = next(self.numbers)
        draft = self.folder / f".{number}.tmp"
        draft.write_bytes(envelope.original_content)
        draft.rename(self.folder / f"{number}.eml")
        return "250 kept"


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--tls", choices=["starttls", "implicit"])
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--login")
    parser.add_argument("--ascii", action="store_true")
    return parser.parse_args()


def context(options):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(options.cert, options.key)
    return made


def settings(options):
    chosen = {"enable_SMTPUTF8": not options.ascii, "hostname": "localhost"}
    if options.tls == "starttls":
        chosen |= {"tls_context": context(options), "require_starttls": True}
    if options.login:
        known = tuple(part.encode() for part in options.login.split(":", 1))

        def check(server, session, envelope, mechanism, data):
            return AuthResult(success=(data.login, data.password) == known, handled=False)

        # Over TLS from the first byte the server does not know that it is protected.
        is_plain = options.tls != "starttls"
        chosen |= {"authenticator": check, "auth_required": True, "auth_require_tls": not is_plain}
    return chosen


async def main(options):
    options.folder.mkdir(parents=True, exist_ok=True)
    handler = Keep(options.folder)
    chosen = settings(options)
    loop = asyncio.get_running_loop()
    tls = context(options) if options.tls == "implicit" else None
    make = lambda: SMTP(handler, **chosen)
    server = await loop.create_server(make, "127.0.0.1", options.port, ssl=tls)
    print(f"listening on 127.0.0.1:{options.port}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(parse()))
