"""Everything there is to do, on a cluster with sites on each of its nodes: no script or command leaves its slot."""

import orjson
import pytest
from click.testing import CliRunner

from service.cli import main
from service.processes.worker import chores, deliverer, watches
from service.settings import load_settings
from service.store.connection import Store, connect
from service.store.keys import Keys
from service.store.sites import Sites
from tests.filling import PLACE, People, fill, pages
from tests.integration.test_console_pages import ROLES, caller
from tests.support import events

SITES = ("herald", "post", "gazette")
"""One on each primary of the cluster, and the house's own with the first."""


@pytest.fixture
def newsrooms(app, key_for, desk_for):
    """Three sites with something of every kind: what is known of each, its admin's API, and who is signed in."""
    found = {}
    for site in SITES:
        apis = [key_for(role, name=name, site=site) for role, name in ROLES]
        known = fill(People(*map(caller, apis)), app.extensions["winnow"], site)
        found[site] = known, apis[0], desk_for("admin", name="admin", site=site)
    return found


def test_the_sites_are_on_different_nodes(cluster):
    assert len({cluster.owner(site).port for site in SITES}) == len(SITES)


def test_every_page_and_every_reading_route_answers_for_sites_on_every_node(app, newsrooms):
    for known, api, desk in newsrooms.values():
        shown = {rule: desk.get(address).status_code for rule, address in pages(app, known).items()}
        assert {rule: status for rule, status in shown.items() if status >= 500} == {}
        told = {}
        for rule in app.url_map.iter_rules():
            if "GET" in rule.methods and rule.rule.startswith("/v1/"):
                address = PLACE.sub(lambda place, known=known: known.get(place[1], "0"), rule.rule)
                told[rule.rule] = api.get(address).status_code
        assert {rule: status for rule, status in told.items() if status >= 500} == {}
        assert sum(status == 200 for status in told.values()) > 20, told


def test_what_changes_a_comment_works_on_every_node(newsrooms):
    for _, api, _ in newsrooms.values():
        before = len(events(api))
        batch = [
            {"id": f"b-{n}", "body": f"A fresh thought {n}", "author": {"id": "u-9"}, "article": {"id": "a-9"}}
            for n in range(40)
        ]
        answers = api.post("/v1/comments/batch", {"comments": batch}).json
        assert all("verdict" in one for one in answers["results"]), answers
        assert api.put("/v1/comments/b-1", batch[1] | {"body": "A second thought"}).status_code == 200
        assert api.post("/v1/comments/b-2/decision", {"action": "reject", "labels": ["spam"]}).status_code == 200
        assert api.delete("/v1/comments/b-2/decision").status_code == 200
        assert api.delete("/v1/comments/b-3").status_code < 300
        assert api.post("/v1/queue/claims", {"limit": 3}).status_code == 201
        preview = api.post("/v1/policy/preview", {"policy": api.get("/v1/policy").json, "last": 20})
        assert preview.status_code == 200, preview.text
        assert api.delete("/v1/authors/u-3").status_code < 300
        assert len(events(api)) > before


def test_the_background_process_does_all_its_chores_on_every_node(newsrooms, app, store, tmp_path):
    settings = load_settings(environ={"WINNOW_DATA": str(tmp_path)})
    models = app.extensions["winnow"].models
    assert set(Keys(store).sites()) == set(newsrooms)
    for chore in [*chores(store), *watches(store, models)]:
        for site in newsrooms:
            chore.do(site)
    assert deliverer(settings, store, lambda _: None)


def test_the_commands_work_and_a_site_that_is_erased_leaves_nothing_on_any_node(
    newsrooms, cluster, redis_url, tmp_path
):
    environ = {"REDIS_URL": redis_url, "WINNOW_DATA": str(tmp_path), "WINNOW_SITE": "post", "USER": "olga"}

    def run(*arguments):
        done = CliRunner().invoke(main, arguments, env=environ)
        assert done.exit_code == 0, (arguments, done.output)
        return done.output

    found = {one["part"]: one["ok"] for one in orjson.loads(run("doctor", "--json"))}
    assert found["redis"]
    assert found["clock"]
    assert all(site in run("sites", "list") for site in newsrooms)
    assert run("keys", "list")
    assert run("users", "list", "--site", "post")
    assert run("model", "list")
    assert len(run("export", "decisions", "--site", "post").splitlines()) >= 2
    kinds = {orjson.loads(line)["kind"] for line in run("sites", "export", "post").splitlines()}
    assert {"site", "key", "comment"} <= kinds
    assert sum(Sites(Store(connect(redis_url)), settles=0).erase("post", "op", "olga")) > 100
    assert [key for one in cluster.primaries() for key in one.ask("KEYS", "{post}*")] == []
    assert set(Keys(Store(connect(redis_url))).sites()) == {"herald", "gazette"}
