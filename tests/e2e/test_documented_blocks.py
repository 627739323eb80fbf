"""No block in the documentation is only there to be believed: each is executed, held against the code, or named here.

Blocks named `console` are executed by `test_documentation.py`. Of those named `sh`, every call of `winnow` is held
against the command line, every request against the OpenAPI document, and all else against a list of what is known.
"""

import importlib.util
import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from openapi_schema_validator import OAS31Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from service.app import create_app
from service.commands.scored_log import Skipped, comments_of
from service.schemas.policy import PolicySchema
from service.settings import explained, load_settings
from service.store.events import Event
from service.webhooks.delivery import body_of, message_id
from service.webhooks.signing import new_secret, signed_headers
from tests.documentation.blocks import Block, blocks, requests
from tests.documentation.shell import commands, refused, winnow_calls
from tests.e2e.test_documentation import EXECUTED, PAGES, ROOT

BLOCKS = [block for page in PAGES for block in blocks(page, str(page.relative_to(ROOT)))]

ELSEWHERE = {
    "docker": "no engine runs here; test_compose.py tries what compose.yaml says, and a test executes the image's steps",
    "kubectl": "no cluster runs here; test_kubernetes.py tries what the manifests say",
    "pip": "installs from an index; test_install.py installs the package",
    "redis-server": "the same options are those of every server in the tests",
    "redis-sentinel": "test_compose.py and tests/proof start sentinels",
    "redis-cli": "joins servers to a cluster, as tests/servers.py does",
    "python3": "makes an environment; test_install.py does",
    "winnow-env/bin/pip": "installs; test_install.py does",
    ".": "enters an environment",
    "git": "a remote copy of one's own",
    "gh": "a remote copy of one's own",
    "jq": "not on every machine; the policy that comes out is tried by test_akismet.py",
    "promtool": "checked where the rules are",
    "openssl": "makes a certificate",
    "tar": "of a backup's folder",
    "ssh": "to another machine",
    "scp": "to another machine",
    "systemctl": "of a machine's own",
    "kill": "a signal to a service of the reader's; test_serve.py and tests/proof send them",
    "nginx": "test_compose.py tries the configuration",
}
"""Programs that no block can be executed for, and why that is so or where else it is tried."""

PLAIN = {"export", "echo", "cat", "cp", "sed", "tac", "head", "cut", "cd", "mkdir", "set", "umask", "curl", "make"}
"""What every machine has, or what is looked at here."""

SHOWN = {
    "docs/architecture.md text": "a map: test_every_module_is_on_the_map looks at it",
    "docs/concepts.md text": "a drawing",
    "docs/scaling.md text": "written from the code: test_what_is_made_from_the_code_is_up_to_date",
    "docs/webhooks.md text": "a delivery: test_a_delivery_is_signed_and_laid_out_as_it_is_shown",
    "docs/operating.md text": "what winnow doctor prints: test_what_doctor_prints_has_the_form_that_is_shown",
    "docs/migrate/perspective.md text": "a log and a policy: test_what_a_log_and_a_policy_look_like",
    "docs/migrate/akismet.md php": "for WordPress, which is not here; the plugin's requests are in tests/clients",
    "docs/migrate/openai.md python": "the library itself does it in tests/clients",
    "docs/migrate/perspective.md python": "the libraries themselves do it in tests/clients",
    "docs/migrate/perspective.md js": "the libraries themselves do it in tests/clients",
    "docs/webhooks.md python": "the library is the oracle of our signatures in the tests",
}
"""Blocks that are neither executed nor shell, and what is done with them."""


def of(*languages: str) -> Any:
    found = [block for block in BLOCKS if block.language in languages]
    return pytest.mark.parametrize("block", found, ids=map(str, found))


def test_every_block_is_accounted_for():
    looked_at = {"console", "sh", "toml", "{toctree}"}
    rest = {f"{block.page} {block.language}" for block in BLOCKS if block.language not in looked_at}
    assert rest - set(SHOWN) == set(), "execute them, compare them, or say here why not"
    assert set(SHOWN) - rest == set(), "they are not there any more"


@of("console")
def test_every_console_block_is_on_a_page_that_is_executed(block):
    assert block.page in EXECUTED


@of("sh", "console")
def test_every_call_of_winnow_is_one_that_the_command_line_takes(block):
    for call in winnow_calls(shell(block)):
        assert refused(call) == "", call


@of("sh")
def test_every_other_command_is_known_and_what_it_names_is_there(block):
    for words in commands(block.text):
        program = words[0]
        if "winnow" in program.rpartition("/")[2].split("-")[0] and not program.endswith("pip"):
            continue
        if program == "make":
            assert all(
                re.search(rf"^{word}:", (ROOT / "Makefile").read_text(), re.MULTILINE) for word in targets(words)
            )
        elif program in {"python", ".venv/bin/python"}:
            assert words[1] == "-m"
            assert importlib.util.find_spec(words[2]), words
        elif program in {"pytest", ".venv/bin/pytest"}:
            assert all((ROOT / word.partition("::")[0]).exists() for word in words[1:] if "/" in word), words
        else:
            assert program in PLAIN | set(ELSEWHERE), f"{program}: look at what it does here, or say why not"
        if program == "cp":
            assert (ROOT / words[1]).exists(), words


def targets(words: list[str]) -> list[str]:
    return [word for word in words[1:] if "=" not in word and not word.startswith("-")]


def shell(block: Block) -> str:
    """The commands of a block, as a shell would read them."""
    if block.language != "console":
        return block.text
    lines, more = [], False
    for line in re.sub(r"<<'END'\n.*?^> END$", "", block.text, flags=re.MULTILINE | re.DOTALL).splitlines():
        if line.startswith(("$ ", "> ")) or more:
            lines.append(re.sub(r"^[$>] ", "", line))
            more = line.endswith("\\")
    return "\n".join(lines)


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    """The OpenAPI document, as a client gets it."""
    data = tmp_path_factory.mktemp("data")
    app = create_app(load_settings(environ={"WINNOW_DATA": str(data), "WINNOW_LOG_LEVEL": "error"}), "unix:///nowhere")
    return app.test_client().get("/openapi.json").json


def operation(document: Any, method: str, path: str) -> Any:
    for pattern, known in document["paths"].items():
        if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(pattern)), path) and method.lower() in known:
            return known[method.lower()]
    return None


@of("sh")
def test_every_request_is_one_that_the_api_takes(block, document):
    for request in requests(block.text):
        found = operation(document, request.method, request.path)
        assert found is not None, request
        if request.body is not None:
            schema = found["requestBody"]["content"]["application/json"]["schema"]
            assert complaints(document, schema, request.body) == [], request


def complaints(document: Any, schema: Any, body: Any) -> list[str]:
    """What the document says against a body."""
    registry = Registry().with_resource("urn:winnow", Resource(document, DRAFT202012))
    absolute = orjson.loads(orjson.dumps(schema).replace(b'"#/', b'"urn:winnow#/'))
    validator = OAS31Validator(absolute, registry=registry)
    return [error.message for error in validator.iter_errors(body)]


def test_a_body_that_the_api_does_not_take_is_complained_about(document):
    schema = operation(document, "POST", "/v1/comments/c-1/decision")["requestBody"]["content"]["application/json"][
        "schema"
    ]
    assert complaints(document, schema, {"action": "approve"}) == []
    assert complaints(document, schema, {"action": "applaud"})
    assert operation(document, "POST", "/v1/nothing") is None


@of("toml")
def test_every_file_of_settings_can_be_used(block, tmp_path):
    (tmp_path / "winnow.toml").write_text(block.text, encoding="utf-8")
    load_settings(environ={"WINNOW_DATA": str(tmp_path)})


def test_every_variable_that_is_named_is_a_setting():
    known = {one.variable for one in explained()} | {"WINNOW_CONFIG"}
    for page in PAGES:
        named = set(re.findall(r"\bWINNOW_[A-Z_]+\b", page.read_text(encoding="utf-8")))
        assert named - known - {"WINNOW_ADDRESS", "WINNOW_KEY"} == set(), page  # those two are a client's own


DRAWN = ("", "backups", "console", "moderation", "monitoring", "processes", "store", "store/servers", "webhooks")
"""Rooms of `service` of which the map names each module; of the others it says what they are."""


def test_every_module_is_on_the_map():
    (shown, *_) = [block.text for block in BLOCKS if block.page == "docs/architecture.md"]
    rooms = [ROOT / "model", *(ROOT / "service" / name for name in DRAWN)]
    modules = {path.stem for room in rooms for path in room.glob("*.py")} - {"__init__"}
    drawn = set(re.findall(r"\b(\w+)\.py\b", shown))
    assert modules <= drawn
    assert drawn <= {path.stem for root in ("service", "model") for path in (ROOT / root).rglob("*.py")}
    for room in rooms:
        for folder in room.iterdir():
            if folder.is_dir() and (folder / "__init__.py").exists() and folder.name != "commands":
                assert re.search(rf"\b{folder.name}/", shown), folder


def test_what_doctor_prints_has_the_form_that_is_shown():
    texts = [block.text for block in BLOCKS if block.page == "docs/operating.md" and block.language == "text"]
    shown = next(text for text in texts if text.startswith("$ winnow doctor"))
    command, *lines = shown.splitlines()
    assert refused(command.removeprefix("$ winnow ").split()) == ""
    parts = [re.fullmatch(r"(?:ok  |FAIL)  (\w+): .+", line)[1] for line in lines]
    source = (ROOT / "service" / "commands" / "doctor.py").read_text(encoding="utf-8")
    assert all(f'"{part}", ' in source for part in parts)


def anchors(page: Path) -> set[str]:
    """What a link may name in a page: its headings as GitHub and MyST make them."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title).lower()) for title in titles]
    return {title.replace(" ", "-") for title in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_anchor_that_is_linked_is_a_heading(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        if anchor and "://" not in target:
            there = (page.parent / path).resolve() if path else page
            assert anchor in anchors(there), target


def test_every_page_is_in_the_table_of_contents():
    listed = re.findall(
        r"^[\w/-]+$", "\n".join(block.text for block in BLOCKS if block.language == "{toctree}"), re.MULTILINE
    )
    there = {
        str(page.relative_to(ROOT / "docs").with_suffix("")) for page in PAGES if page.is_relative_to(ROOT / "docs")
    }
    assert sorted(listed) == sorted(there - {"index"})


def test_a_delivery_is_signed_and_laid_out_as_it_is_shown():
    (shown,) = [block.text for block in BLOCKS if block.page == "docs/webhooks.md" and block.language == "text"]
    head, _, body = shown.partition("\n\n")
    headers = dict(line.split(": ", 1) for line in head.splitlines()[1:])
    event = Event("1795692240365-0", "comment.approved", 1795692240365, "c-1042", {"revision": 1})
    made = body_of(event)
    assert made == body.strip().encode()
    assert headers["webhook-id"] == message_id("wh-3f0c2a7be1d94c5a8b60", event)
    assert headers.keys() - {"Content-Type"} == signed_headers([new_secret()], headers["webhook-id"], 1, made).keys()


def test_what_a_log_and_a_policy_look_like(tmp_path):
    log, policy = [
        block.text for block in BLOCKS if block.page == "docs/migrate/perspective.md" and block.language == "text"
    ]
    (tmp_path / "log.jsonl").write_text(log, encoding="utf-8")
    assert [one.text for _, one in comments_of(tmp_path / "log.jsonl", Skipped())] == [orjson.loads(log)["text"]]
    assert PolicySchema(partial=True).validate(orjson.loads(policy)) == {}
