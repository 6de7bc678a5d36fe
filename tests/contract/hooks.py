"""What Schemathesis has to know of Protekt: how to prove who calls, and what rules stand behind the formats."""

import base64
import json
import os
import secrets
import threading
import urllib.error
import urllib.parse
import urllib.request

import schemathesis
from hypothesis import strategies as st

ISSUER = os.environ["CONTRACT_ISSUER"]
CLIENT = os.environ["CONTRACT_CLIENT"]
SECRET = os.environ["CONTRACT_SECRET"]
DESK = os.environ["CONTRACT_DESK"]
DONE = os.environ["CONTRACT_DONE"]
PASSWORD = "violet-tractor-hums-41"
lock = threading.RLock()


def ask(method, path, body=None, token=None, form=None, basic=False):
    headers = {}
    data = None
    if form is not None:
        data = urllib.parse.urlencode(form).encode()
    elif body is not None:
        data = json.dumps(body).encode()
        headers["Content-Type"] = "application/json"
    if basic:
        pair = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    elif token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(ISSUER.rstrip("/") + path, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        text = answer.read().decode()
    return json.loads(text) if text else None


class Fixtures:
    """What stays there while everything else comes and goes."""

    def __init__(self):
        self.token = ask("POST", "/oauth/token", basic=True, form={
            "grant_type": "client_credentials", "audience": ISSUER + "api/v2/",
        })["access_token"]
        self.person = None
        self.admin_id = self.admin()
        suffix = secrets.token_hex(4)
        self.api = ask("POST", "/api/v2/resource-servers", token=self.token, body={
            "identifier": f"https://{suffix}.example.com/", "name": "Orders",
            "scopes": [{"value": "read:orders", "description": "See orders"}],
        })
        self.role = ask("POST", "/api/v2/roles", token=self.token, body={"name": "kept-" + suffix})
        self.user = self.make_person()
        self.unverified = ask("POST", "/api/v2/users", token=self.token, body={
            "email": f"{secrets.token_hex(6)}@example.com",
        })
        self.log = ask("GET", "/api/v2/logs?per_page=1", token=self.token)[0]["log_id"]
        self.app = ask("POST", "/api/v2/clients", token=self.token, body={
            "name": "Kept", "app_type": "non_interactive",
        })
        self.grants = {grant["id"] for grant in ask("GET", "/api/v2/client-grants", token=self.token)}
        self.keys = {key["kid"] for key in ask("GET", "/api/v2/keys/signing", token=self.token)}

    def make_person(self):
        email = f"{secrets.token_hex(6)}@example.com"
        return ask("POST", "/api/v2/users", token=self.token, body={
            "email": email, "email_verified": True, "password": PASSWORD,
        })

    def signed_in(self):
        with lock:
            if self.person is None:
                user = self.make_person()
                ask("POST", f"/api/v2/users/{user['user_id']}/roles", token=self.token,
                    body={"roles": [self.admin_id]})
                self.person = ask("POST", "/api/auth/signin", body={
                    "email": user["email"], "password": PASSWORD, "client_id": DESK,
                })
            return self.person["access_token"]

    def admin(self):
        roles = ask("GET", "/api/v2/roles?name_filter=admin", token=self.token)
        return next(role["id"] for role in roles if role["name"] == "admin")

    def kept(self):
        return {
            self.api["id"], self.api["identifier"], self.role["id"], self.user["user_id"],
            self.app["client_id"], CLIENT, DESK, "authentication-api", *self.keys,
            *self.grants, self.admin_id,
        }


FIXTURES = Fixtures()


@schemathesis.auth(refresh_interval=None)
class Caller:
    """Who calls, as the operation wants it."""

    def get(self, case, context):
        ways = case.operation.definition.raw.get("security", [])
        names = {name for way in ways for name in way}
        if "machine" in names:
            return "Bearer " + FIXTURES.token
        if names & {"person", "openid"} and {} not in ways:
            return "Bearer " + FIXTURES.signed_in()
        if case.operation.path.startswith("/oauth/"):
            return "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        return None

    def set(self, case, data, context):
        if data:
            case.headers["Authorization"] = data


def text(**wishes):
    return st.text(st.characters(categories=("L", "N")), **wishes)


WORDS = st.lists(
    st.text("abcdefghijklmnopqrstuvwxyzäöüéñ0123456789", min_size=1, max_size=12), max_size=4
).map(" ".join)
NAMES = st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=12)
# Nobody guesses them, and they are neither of a person nor on a list.
PASSWORDS = st.integers(0, 2**64).map(lambda number: f"violet-{number:x}-tractor-hums")
FORMATS = {
    "password": PASSWORDS,
    "email": st.integers(0, 2**64).map(lambda number: f"p{number:x}@example.com"),
    "name": WORDS,
    "username": st.integers(0, 2**64).map(lambda number: f"u{number:x}"),
    "telephone": st.integers(1_000_000, 9_999_999).map(lambda number: f"+4930{number}"),
    "time-zone": st.sampled_from(["Europe/Berlin", "America/New_York", "Africa/Cairo", "UTC"]),
    "https-uri": NAMES.map(lambda name: f"https://{name}.example.com/picture.png"),
    "user-id": st.just(FIXTURES.user["user_id"]),
    "role-id": st.just(FIXTURES.role["id"]),
    "role-name": st.integers(0, 2**64).map(lambda number: f"role-{number:x}"),
    "client-id": st.just(FIXTURES.app["client_id"]),
    "introspector-id": st.just(FIXTURES.app["client_id"]),
    "client-name": NAMES,
    "api-identifier": st.just(FIXTURES.api["identifier"]),
    "api-scope": st.just("read:orders"),
    "new-api-identifier": st.integers(0, 2**64).map(
        lambda number: f"https://api{number:x}.example.com/"
    ),
    "new-scope": NAMES.map(lambda name: f"read:{name}"),
    "callback": NAMES.map(lambda name: f"https://{name}.example.com/callback"),
    "origin": NAMES.map(lambda name: f"https://{name}.example.com"),
    "own-client-id": st.just("authentication-api"),
    "own-client-secret": st.just(""),
    "own-password": st.just(PASSWORD),
    "own-login": st.just(FIXTURES.user["email"]),
    "day": st.dates(min_value=__import__("datetime").date(2026, 1, 1),
                    max_value=__import__("datetime").date(2026, 12, 28)).map(lambda day: day.strftime("%Y%m%d")),
}
for name, strategy in FORMATS.items():
    schemathesis.openapi.format(name, strategy)


# What the document has for examples, and what is there in its place.
EXAMPLES = {
    "01DEV0ADA00000000000000000": FIXTURES.user["user_id"],
    "01KB0Q3V5N8H2T6W9X1Y4Z7R0S": FIXTURES.role["id"],
    "AcUJ18ALYD5M3lrjYPfGPA": FIXTURES.app["client_id"],
    "billing": FIXTURES.app["client_id"],
    "https://api.example.com/orders": FIXTURES.api["identifier"],
    "https://id.example.com/api/v2/": ISSUER + "api/v2/",
}


def there(value):
    """The same with what is there in the place of examples."""
    if isinstance(value, dict):
        return {name: there(member) for name, member in value.items()}
    if isinstance(value, list):
        return [there(entry) for entry in value]
    return EXAMPLES.get(value, value) if isinstance(value, str) else value


@schemathesis.hook
def before_load_schema(context, raw_schema):
    raw_schema["paths"] = there(raw_schema["paths"])
    examples = [
        ("get", "/api/v2/logs/{id}", FIXTURES.log), ("get", "/api/v2/clients/{id}", CLIENT),
        ("get", "/api/v2/resource-servers/{id}", FIXTURES.api["id"]),
        ("patch", "/api/v2/client-grants/{id}", min(FIXTURES.grants)),
        ("delete", "/api/v2/client-grants/{id}", min(FIXTURES.grants)),
    ]
    for method, path, example in examples:
        parameters = raw_schema["paths"][path][method]["parameters"]
        next(one for one in parameters if one["in"] == "path")["example"] = example


def is_positive(case):
    return case.meta is None or case.meta.generation.mode.is_positive


def keep_to_rules(identity, body):
    """The rules that a schema cannot say."""
    # A code is made up at best; the person has no second factor.
    if identity not in {"verifyEmail", "verifyBackupCode"}:
        body.pop("code", None)
    if identity in {"signIn", "login"}:
        for name in ["username", "client_id", "client_secret"]:
            body.pop(name, None)
        body.update(email=FIXTURES.user["email"], password=PASSWORD)
    elif identity == "createClientGrant":
        body.update(client_id=FIXTURES.app["client_id"], audience=FIXTURES.api["identifier"])
        body["scope"] = ["read:orders"]
        # Who acts for people is a client that they can sign in at.
        if body.get("subject_type") == "user":
            body["client_id"] = DESK
    elif identity == "updateClientGrant" and "scope" in body:
        body["scope"] = ["read:orders"]
    elif identity == "enableFactor" and body.get("method") == "sms":
        body["phone"] = "+49301234567"
    elif identity in {"getTokens", "introspect", "revoke"}:
        # The client proves itself by the header.
        body.pop("client_id", None)
        body.pop("client_secret", None)
    elif identity in {"createEmailTicket", "mailVerification"}:
        body["user_id"] = FIXTURES.unverified["user_id"]
    elif identity == "createPasswordTicket":
        body.pop("email", None)
        body.setdefault("user_id", FIXTURES.user["user_id"])
        body["mark_email_as_verified"] = True
    elif identity == "verifyEmail":
        body.pop("token", None)
    elif identity in {"createUser", "updateUser"}:
        if not body.get("phone_number"):
            body.pop("phone_verified", None)
        if identity == "createUser" and body.get("verify_email"):
            body.pop("password", None)
            body.pop("email_verified", None)
    elif identity in {"createWebhook", "updateWebhook"} and "*" in body.get("events", []):
        body["events"] = ["*"]
    elif identity in {"createClient", "updateClient"}:
        # What goes with what is told by its kind, and by what is there already.
        for name in [
            "grant_types", "token_endpoint_auth_method", "pkce_required", "authentication_api",
            "default_audience", "is_first_party", "callbacks", "allowed_logout_urls", "web_origins",
            "trusts_logout_by_client_id", "scopes", "second_factor", "access_token_lifetime",
        ]:
            if identity == "updateClient" or name in {
                "grant_types", "token_endpoint_auth_method", "pkce_required", "authentication_api",
            }:
                body.pop(name, None)
        if body.get("app_type") == "non_interactive":
            for name in ["callbacks", "allowed_logout_urls", "web_origins", "scopes"]:
                body.pop(name, None)
        elif identity == "createClient":
            body["callbacks"] = ["https://notes.example.com/callback"]
            for name in ["allowed_logout_urls", "web_origins"]:
                if name in body:
                    body[name] = sorted(set(body[name]))[:5]
    elif identity in {"createResourceServer", "updateResourceServer"} and "scopes" in body:
        body["scopes"] = list({scope["value"]: scope for scope in body["scopes"]}.values())
        body["introspectors"] = []


@schemathesis.hook
def map_case(context, case):
    if not is_positive(case):
        return case
    identity = case.operation.definition.raw["operationId"]
    if isinstance(case.query, dict):
        query = dict(case.query)
        if "from" in query or "take" in query:
            for name in ["page", "per_page", "include_totals", "q"]:
                if identity != "listDailyStats":
                    query.pop(name, None)
        if identity == "listDailyStats":
            query.pop("from", None)
        if identity == "listGrants":
            query.pop("from", None)
        # Lists of people are paged to their first 1,000.
        if "page" in query and int(query["page"]) * int(query.get("per_page", 50)) >= 1000:
            query["page"] = 1
        case.query = there(query)
    if isinstance(case.body, dict):
        case.body = there(case.body)
        keep_to_rules(identity, case.body)
    return case


def spare(path):
    """What may go, of the kind that the path names."""
    if path.startswith("/api/v2/client"):
        client = ask("POST", "/api/v2/clients", token=FIXTURES.token, body={
            "name": "Spare", "app_type": "non_interactive",
        })["client_id"]
        if path.startswith("/api/v2/clients"):
            return client
        return ask("POST", "/api/v2/client-grants", token=FIXTURES.token, body={
            "client_id": client, "audience": FIXTURES.api["identifier"], "scope": ["read:orders"],
        })["id"]
    return "kept"


# What the others live by stays: who would take it away finds another.
@schemathesis.hook
def before_call(context, case, kwargs):
    path = case.operation.path
    takes = case.method in {"DELETE", "PUT", "PATCH"} and path.endswith(("id}", "/revoke"))
    if takes or "rotate-secret" in path:
        for name, value in (case.path_parameters or {}).items():
            if value in FIXTURES.kept() or value in EXAMPLES.values():
                case.path_parameters[name] = spare(path)


@schemathesis.hook
def after_call(context, case, response):
    identity = case.operation.definition.raw["operationId"]
    if 200 <= response.status_code < 300:
        with lock, open(DONE, "a", encoding="utf-8") as done:
            done.write(identity + "\n")
        if identity in {"signOut", "deleteMe"}:
            with lock:
                FIXTURES.person = None
