"""What stays outside Redis, and what the operator's commands give out and erase, with real processes."""

import orjson

from service.store.connection import Store, connect
from tests.support import wait_until


def test_the_log_of_requests_has_no_authors_id(service):
    service.environment["WINNOW_LOG_LEVEL"] = "info"
    service.start()
    key = service.key("admin")
    assert service.raw("GET", "/v1/authors/u-personal/export", key).status == 404
    assert service.raw("DELETE", "/v1/authors/u-personal", key).status == 204
    service.stop()
    assert "/v1/authors/<text:author_id>/export" in service.printed()
    assert "u-personal" not in service.printed()


def lines(done):
    return [orjson.loads(line) for line in done.stdout.splitlines()]


def test_a_site_is_closed_given_out_and_erased_by_command_while_the_service_runs(service):
    service.start()
    key = service.key("admin", site="herald")
    service.raw("POST", "/v1/comments", key, {"id": "c-1", "body": "Thanks", "author": {"id": "u-1"}})
    service.raw("POST", "/v1/comments/c-1/decision", key, {"action": "reject"})
    service.command("sites", "close", "herald", "--by", "olga")
    wait_until(lambda: service.raw("POST", "/v1/comments", key, {"body": "x"}).status == 403)
    assert [one["site"] for one in lines(service.command("sites", "list", "--json"))] == ["herald"]
    assert [one["kind"] for one in lines(service.command("sites", "export", "herald"))][:2] == ["site", "key"]
    for what, least in (("comments", 1), ("events", 3), ("audit", 2), ("authors", 1), ("decisions", 1)):
        assert len(lines(service.command("export", what, "--site", "herald"))) >= least, what
    refused = service.command("sites", "erase", "herald", input=b"rival\n", check=False)
    assert (refused.returncode, service.raw("GET", "/v1/comments/c-1", key).status) == (1, 200)
    done = service.command("sites", "erase", "herald", input=b"herald\n")
    assert b"herald is erased" in done.stdout
    wait_until(lambda: service.raw("GET", "/v1/comments/c-1", key).status == 401)
    assert service.command("sites", "list").stdout == b""
    assert service.command("sites", "close", "herald", check=False).returncode == 1


def test_an_export_of_decisions_is_remembered(service):
    service.start()
    key = service.key("admin", site="herald")
    service.raw("POST", "/v1/comments", key, {"id": "c-1", "body": "Thanks"})
    service.raw("POST", "/v1/comments/c-1/decision", key, {"action": "approve"})
    assert len(lines(service.command("export", "decisions", "--site", "herald"))) == 1
    store = Store(connect(f"unix://{next(service.data.rglob('*.sock'))}"))
    assert store.call(lambda client: client.get("{herald}:exported")) is not None
