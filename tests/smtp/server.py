#!/usr/bin/env python3
"""A mail server for tests: keeps every mail as one file.

    server.py PORT FOLDER

Needs aiosmtpd (Debian: python3-aiosmtpd).
"""

import asyncio
import itertools
import pathlib
import sys

from aiosmtpd.smtp import SMTP


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


async def main(port, folder):
    folder.mkdir(parents=True, exist_ok=True)
    handler = Keep(folder)
    loop = asyncio.get_running_loop()
    make = lambda: SMTP(handler, enable_SMTPUTF8=True, hostname="localhost")
    server = await loop.create_server(make, "127.0.0.1", port)
    print(f"listening on 127.0.0.1:{port}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), pathlib.Path(sys.argv[2])))
