#!/usr/bin/env python3
"""Schemathesis against `protekt serve`: every operation of the document, with every check.

    run.py SCHEMATHESIS PROTEKT [--examples N] [--seconds N] [--seed N]

SCHEMATHESIS is its program, PROTEKT ours. Runs on SQLite, and on PostgreSQL where TEST_PG names one. With seconds it
goes on making up requests until they are over; without, each run sends the same ones.
"""

import argparse
import json
import os
import pathlib
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "contract"
LIMITS = [
    "passwords_by_account_and_network", "passwords_by_account", "passwords_by_network",
    "passwords_in_a_row", "sign_ups_by_network", "codes_by_network", "factors_by_account",
    "factors_by_account_and_day", "sends_by_network", "mails_by_address", "mails_by_account",
    "sms_by_network", "sms_by_account", "sms_by_number", "sms_by_unconfirmed_number",
    "sms_by_country", "sms_hourly", "sms_daily", "resets_by_address", "resets_by_address_and_day",
    "notices_by_address", "clients_by_network", "requests_by_network", "calls_by_client",
]
# Nothing that is made up gets that far: a code that only its owner knows, or a key that is not in use.
NEVER_DONE = {
    "verifyEmail", "resendEmail", "refresh", "resetPassword", "confirmFactor", "disableFactor",
    "renewBackupCodes", "sendChallenge", "verifyFactor", "verifyBackupCode", "revokeSigningKey",
    "showSession", "deleteSession", "deleteGrant", "rotateSigningKeys",
}


class Installation:
    """A Protekt of its own in a temporary folder."""

    def __init__(self, program, folder, database):
        self.program, self.folder = program, folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.issuer = f"http://localhost:{port}/"
        limits = "".join(f'{name} = "1000000 in 1m"\n' for name in LIMITS)
        database = f'[database]\nurl = "{database}"\n' if database else ""
        (folder / "protekt.toml").write_text(
            f'[server]\nissuer = "{self.issuer}"\nlisten = ["127.0.0.1:{port}"]\n{database}'
            '[authentication_api]\nenabled = true\n'
            f'[email]\nprovider = "file"\nfolder = "mail"\n[throttle]\n{limits}'
        )
        # It may hold the password of a database.
        (folder / "protekt.toml").chmod(0o600)
        self.log = (folder / "log").open("w")
        self.process = subprocess.Popen(
            [program, "serve"], cwd=folder, env=self.environment(),
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
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
        raise SystemExit("protekt serve did not start: " + (self.folder / "log").read_text())

    def run(self, *arguments, stdin=""):
        done = subprocess.run(
            [self.program, *arguments], cwd=self.folder, env=self.environment(),
            input=stdin, capture_output=True, text=True, check=False,
        )
        if done.returncode:
            raise SystemExit(f"protekt {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()


def machine(installation, document):
    """A client that may do everything."""
    made = json.loads(installation.run(
        "client", "create", "Contract", "--kind", "machine", "--json"
    ))
    flow = document["components"]["securitySchemes"]["machine"]["flows"]["clientCredentials"]
    arguments = [argument for scope in sorted(flow["scopes"]) for argument in ("--scope", scope)]
    installation.run(
        "client", "grant", made["client_id"], "--audience", installation.issuer + "api/v2/",
        *arguments,
    )
    return made


def desk(installation):
    """An app of the operator's own, in which people may look after others."""
    scopes = ["openid", "profile", "email", "phone", "address", "offline_access"]
    scopes += [f"{action}:users" for action in ("read", "create", "update", "delete")]
    return json.loads(installation.run(
        "client", "create", "Desk", "--kind", "native", "--first-party", "--authentication-api",
        "on", "--json", "--scope", " ".join(scopes),
    ))["client_id"]


def checked(name, database, wishes):
    """Whether everything held on one engine."""
    print(f"--- {name}", flush=True)
    document = json.loads((ROOT / "docs" / "openapi.json").read_text())
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        installation = Installation(wishes.protekt, folder, database)
        try:
            installation.wait_until_ready()
            client = machine(installation, document)
            done = folder / "done"
            environment = dict(
                os.environ, SCHEMATHESIS_HOOKS="tests.contract.hooks",
                CONTRACT_ISSUER=installation.issuer, CONTRACT_CLIENT=client["client_id"],
                CONTRACT_SECRET=client["client_secret"], CONTRACT_DONE=str(done),
                CONTRACT_DESK=desk(installation),
                PYTHONPATH=str(ROOT),
            )
            code = subprocess.run(
                [
                    wishes.schemathesis, "--config-file", str(HERE / "schemathesis.toml"), "run",
                    str(ROOT / "docs" / "openapi.json"), "--url", installation.issuer,
                    "--seed", str(wishes.seed), "--max-examples", str(wishes.examples),
                    *(["--max-time", str(wishes.seconds)] if wishes.seconds else []),
                    *wishes.more,
                ],
                cwd=folder, env=environment, stdin=subprocess.DEVNULL, check=False,
            ).returncode
            seen = set(done.read_text().split()) if done.exists() else set()
        finally:
            installation.stop()
            if wishes.keep:
                pathlib.Path(wishes.keep).write_text((folder / "log").read_text())
    every = {
        operation["operationId"]
        for item in document["paths"].values()
        for operation in item.values() if isinstance(operation, dict)
    }
    # A run that was refused everywhere has found nothing.
    missing = every - seen - NEVER_DONE
    if missing:
        print(f"never answered 2xx: {', '.join(sorted(missing))}")
    return code == 0 and not missing


def of_postgres(server):
    """The URL of a new database there."""
    name = f"contract_{secrets.token_hex(6)}"
    parts = urllib.parse.urlsplit(server)
    subprocess.run(
        ["psql", "--quiet", "--dbname", server, "--command", f"CREATE DATABASE {name}"], check=True
    )
    return parts._replace(path="/" + name).geturl(), name


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("schemathesis")
    arguments.add_argument("protekt")
    arguments.add_argument("--examples", type=int, default=20)
    arguments.add_argument("--seconds", type=int)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--engine", choices=["sqlite", "postgres"])
    arguments.add_argument("--keep", help="where the log of the server is kept")
    arguments.add_argument("more", nargs="*", help="for schemathesis itself, behind --")
    wishes = arguments.parse_args()
    wishes.protekt = str(pathlib.Path(wishes.protekt).resolve())
    held = True
    if wishes.engine != "postgres":
        held &= checked("SQLite", None, wishes)
    server = os.environ.get("TEST_PG")
    if server and wishes.engine != "sqlite":
        database, name = of_postgres(server)
        try:
            held &= checked("PostgreSQL", database, wishes)
        finally:
            subprocess.run(
                ["psql", "--quiet", "--dbname", server, "--command", f"DROP DATABASE {name}"],
                check=False,
            )
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
