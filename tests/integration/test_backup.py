"""A backup is a copy of one moment, is refused when it is not whole, and comes back as it was."""

import gzip
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from redis.exceptions import ResponseError

from model.classifier import DEFAULT, Classifier
from service.backups.erasures import BadLine, Erasure, erasures_of, told
from service.backups.folder import HOUSE_FILE, SITES_FILE, BadBackup, checked
from service.backups.frozen import frozen
from service.backups.restoring import Differs, NotEmpty, Restore
from service.backups.saving import Backup
from service.processes.private_redis import PrivateRedis
from service.settings import load_settings
from service.store.connection import HOUSE, Connections, Store, connect
from service.store.house import House
from service.store.keys import Keys, found_site
from service.store.lines import pack_command
from service.store.models import Change, Published
from service.store.pieces import SENT_AT_ONCE, SLICE, read
from service.store.sites import Sites, UnknownSite
from tests.support import claim, everything, hold_everything, model_like, unlike_all_before

SESSIONS = (":session:", ":sessions:")


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Store]:
    """An empty store on a server of its own."""
    server = PrivateRedis(load_settings(environ={"WINNOW_DATA": str(tmp_path / "other")}))
    server.start()
    yield Store(connect(server.url))
    server.stop()


def nothing(what: str, size: int) -> None:
    """Nobody is told how far it is."""


def save(redis_url, folder, site=None):
    settings = load_settings(environ={"WINNOW_DATA": str(folder.parent)})
    return Backup(settings, redis_url, nothing).save(folder, site)


def restore(store, folder, site=None, erasures=()):
    return Restore(store, nothing).load(folder, site, erasures)


def lasting(store):
    """All that a backup has, but for what ends within the day and for the count of what was put in force."""
    client = store._client
    ending = {key for key in client.scan_iter() if 0 <= client.pttl(key) < 86_400_000}
    kept = [line for line in everything(store).splitlines() if not any(part in line for part in SESSIONS)]
    return [line for line in kept if line.partition(" ")[0] not in ending | {"{winnow}:models:in-force"}]


@pytest.fixture
def used(api, desk_for, key_for):
    """Two sites where things of every kind happened."""
    hold_everything(api)
    for n in range(30):
        author = {"id": f"u-{n % 4}", "email": "reader@example.org"}
        comment = {"id": f"c-{n}", "body": unlike_all_before(n), "author": author, "article": {"id": "a"}}
        assert api.post("/v1/comments", comment).status_code == 201
    for item in claim(api, limit=3)["items"]:
        api.post(f"/v1/comments/{item['id']}/decision", {"action": "reject", "labels": ["insult"]})
    assert api.put("/v1/authors/u-1/standing", {"standing": "banned"}).status_code == 200
    assert api.delete("/v1/comments/c-9").status_code == 204
    claim(api, limit=4)
    assert api.post("/v1/webhooks", {"url": "https://example.org/hook"}).status_code == 201
    desk_for("moderate")
    rival = key_for("submit", site="rival")
    rival.post("/v1/comments", {"id": "r-1", "body": "Thanks"})
    return api


def test_all_that_lasts_comes_back_as_it_was_and_ends_when_it_would_have(used, store, redis_url, other, tmp_path):
    save(redis_url, tmp_path / "b")
    restore(other, tmp_path / "b")
    assert lasting(other) == lasting(store)
    for key in ("{herald}:list:pending", "{herald}:comment:c-9", "{herald}:events"):
        apart = abs(store._client.pttl(key) - other._client.pttl(key))
        assert apart < 5_000
    last = store._client.xinfo_stream("{herald}:events")["last-generated-id"]
    assert other._client.xinfo_stream("{herald}:events")["last-generated-id"] == last


def test_sessions_are_in_no_backup(used, store, redis_url, other, tmp_path):
    save(redis_url, tmp_path / "b")
    restore(other, tmp_path / "b")
    assert any(part in everything(store) for part in SESSIONS)
    assert not any(part in everything(other) for part in SESSIONS)


def test_a_backup_is_for_its_owner_alone_and_counts_what_it_holds(used, redis_url, tmp_path):
    manifest = save(redis_url, tmp_path / "b")
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o700
    assert manifest.sites["herald"]["comments"] == {"approved": 0, "pending": 26, "rejected": 3}
    assert manifest.sites["rival"]["comments"]["approved"] == 1
    assert checked(tmp_path / "b").sites == manifest.sites


def test_one_site_comes_back_beside_others_and_brings_its_keys_alone(used, store, redis_url, other, tmp_path):
    save(redis_url, tmp_path / "all")
    save(redis_url, tmp_path / "one", "rival")
    text, _ = Keys(other).create("gazette", "submit", "theirs")
    assert "herald" not in gzip.decompress((tmp_path / "one" / HOUSE_FILE).read_bytes()).decode()
    restore(other, tmp_path / "one")
    restore(other, tmp_path / "all", "herald")
    assert sorted(Keys(other).sites()) == ["gazette", "herald", "rival"]
    assert Keys(other).find(text).site == "gazette"
    assert {key.id for key in Keys(other).all()} > {key.id for key in Keys(store).all()}


def test_a_store_in_use_is_left_as_it_is(used, store, redis_url, other, tmp_path):
    save(redis_url, tmp_path / "b")
    Keys(other).create("herald", "submit", "theirs")
    before = everything(other)
    for site in (None, "herald"):
        with pytest.raises(NotEmpty, match=r"empty one|sites erase herald"):
            restore(other, tmp_path / "b", site)
    assert everything(other) == before


def test_a_restore_that_was_cut_short_lets_nobody_in_and_is_done_by_doing_it_again(
    used, store, redis_url, other, tmp_path
):
    save(redis_url, tmp_path / "b")

    def cut(what: str, size: int) -> None:
        if what == "pieces checked":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Restore(other, cut).load(tmp_path / "b", None, [])
    assert Keys(other).all() == []
    assert House(other).restoring()
    with pytest.raises(NotEmpty, match="cut short"):
        restore(other, tmp_path / "b", "herald")
    restore(other, tmp_path / "b")
    assert lasting(other) == lasting(store)
    assert House(other).restoring() is None


def test_what_a_restore_of_a_site_left_can_be_erased_and_then_stops_no_other(used, redis_url, other, tmp_path):
    save(redis_url, tmp_path / "b")

    def cut(what: str, size: int) -> None:
        raise KeyboardInterrupt

    found_site(other, "gazette")
    with pytest.raises(KeyboardInterrupt):
        Restore(other, cut).load(tmp_path / "b", "herald", [])
    other._client.set("{herald}:left", 1)
    for site in ("rival", None):
        with pytest.raises(NotEmpty, match=r"of herald, was cut short here: .* winnow sites erase herald"):
            restore(other, tmp_path / "b", site)
    assert sum(Sites(other, settles=0).erase("herald", "op-1", "olga"))
    assert House(other).restoring() is None
    House(other).begin("another herald")  # and was cut short before anything came
    restore(other, tmp_path / "b", "rival")
    assert Keys(other).sites() == ["gazette", "rival"]
    assert House(other).restoring() is None


def test_what_writes_meanwhile_is_noticed(used, redis_url, other, tmp_path):
    save(redis_url, tmp_path / "b")

    def meddle(what: str, size: int) -> None:
        other._client.zadd("{herald}:list:pending", {"another": 1})

    with pytest.raises(Differs, match="herald: comments, digest differ"):
        Restore(other, meddle).load(tmp_path / "b", None, [])


@pytest.mark.parametrize("name", [SITES_FILE, HOUSE_FILE, "manifest.json"])
def test_a_flipped_bit_is_refused_and_nothing_is_written(used, redis_url, other, tmp_path, name):
    save(redis_url, tmp_path / "b")
    content = bytearray((tmp_path / "b" / name).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "b" / name).write_bytes(content)
    with pytest.raises(BadBackup, match="damaged"):
        restore(other, tmp_path / "b")
    assert everything(other) == ""


@pytest.mark.parametrize("name", [SITES_FILE, HOUSE_FILE, "manifest.json", "manifest.sha256"])
def test_a_backup_without_one_of_its_files_is_refused(used, redis_url, other, tmp_path, name):
    save(redis_url, tmp_path / "b")
    (tmp_path / "b" / name).unlink()
    with pytest.raises(BadBackup, match=name):
        restore(other, tmp_path / "b")
    assert everything(other) == ""


def test_a_backup_takes_no_folder_that_is_there_and_leaves_none_when_it_fails(used, redis_url, tmp_path):
    save(redis_url, tmp_path / "b")
    with pytest.raises(BadBackup, match="exists"):
        save(redis_url, tmp_path / "b")
    with pytest.raises(UnknownSite):
        save(redis_url, tmp_path / "c", "nowhere")
    settings = load_settings(environ={"WINNOW_DATA": str(tmp_path), "WINNOW_REDIS_SERVER": shutil.which("false")})
    with pytest.raises(Exception, match="cannot read the store's snapshot"):
        Backup(settings, redis_url, nothing).save(tmp_path / "c", None)
    assert not list(tmp_path.glob("c*"))


def test_what_was_erased_since_does_not_come_back(used, store, redis_url, other, tmp_path):
    save(redis_url, tmp_path / "b")
    for path in ("/v1/comments/c-2", "/v1/authors/u-1"):
        assert used.delete(path).status_code == 204
    known = list(erasures_of(store, "herald", 0))
    lines = [str(line).replace("'", '"').encode() for line in known]
    done = restore(other, tmp_path / "b", None, list(told(lines, None)))
    assert done.erased
    kept = everything(other)
    theirs = [f"c-{n}" for n in range(30) if n % 4 == 1]
    for one in ("c-2", *theirs):
        assert other._client.hget("{herald}:comment:" + one, "status") == "erased"
    assert "{herald}:standing:u-1" not in kept
    assert unlike_all_before(2) not in kept
    assert unlike_all_before(3) in kept


DOORS = ("{herald}:people", "{herald}:coral-secrets", "{winnow}:keys")
"""By which somebody gets in."""


def test_nobody_gets_in_before_what_was_erased_since_is_gone_again(used, store, redis_url, other, tmp_path):
    Keys(store).create("herald", "coral", "phase")
    save(redis_url, tmp_path / "b")
    seen, cut_at = [], 0

    def look(what: str, size: int) -> None:
        seen.append((other._client.exists(*DOORS), other._client.hget("{herald}:comment:c-2", "status")))
        if len(seen) == cut_at:
            raise KeyboardInterrupt

    def load():
        seen.clear()
        Restore(other, look).load(tmp_path / "b", "herald", [Erasure("herald", "comment", "c-2")])

    load()
    assert (0, "rejected") in seen
    assert {status for doors, status in seen if doors} == {"erased"}
    assert other._client.exists(*DOORS) == len(DOORS)
    other._client.flushall()
    cut_at = len(seen) - 1
    with pytest.raises(KeyboardInterrupt):
        load()
    assert seen[-1] == (2, "erased")
    cut_at = 0
    load()
    assert {status for doors, status in seen if doors} == {"erased"}


def test_a_store_on_a_server_with_many_databases_is_backed_up(tmp_path):
    settings = load_settings(environ={"WINNOW_DATA": str(tmp_path)})
    with frozen(settings, tmp_path / "none.rdb", 40) as url:
        redis.Redis.from_url(url).set("another's", 1)
        ours = url.replace("db=40", "db=0")
        Keys(Store(connect(ours))).create("herald", "submit", "website")
        assert save(ours, tmp_path / "b").sites.keys() == {"herald", HOUSE}


def test_erasures_are_read_from_exports_of_the_audit_log_and_of_events():
    lines = [
        b'{"id": "1-0", "at": "2026-11-01T00:00:00.000Z", "by": "ada", "act": "comment.erased", "on": "c-1", "data": {}}',
        b'{"id": "1-1", "at": "2026-11-01T00:00:00.000Z", "by": "ada", "act": "comment.read", "on": "c-2", "data": {}}',
        b'{"id": "2-0", "type": "comment.erased", "at": "2026-11-01T00:00:00.000Z", "comment_id": "c-3", "data": {}}',
        b'{"site": "rival", "erased": "author", "id": "u-1"}',
    ]
    assert list(told(lines, "herald")) == [
        Erasure("herald", "comment", "c-1"),
        Erasure("herald", "comment", "c-3"),
        Erasure("rival", "author", "u-1"),
    ]
    with pytest.raises(BadLine, match="line 1 does not say its site"):
        list(told(lines, None))
    with pytest.raises(BadLine, match="line 1 tells of no erasure"):
        list(told([b"c-1"], "herald"))


def test_values_of_every_type_and_size_come_back(store, redis_url, other, tmp_path):
    Keys(store).create("herald", "submit", "website")
    client, many = store._client, 2 * SLICE + 1
    client.set("{herald}:empty", "")
    client.hset("{herald}:binary", mapping={b"\xff\x00": b"\xfe" * 70_000, "ä": ""})
    client.sadd("{herald}:set", *range(many))
    client.rpush("{herald}:list", *(n % 7 for n in range(many)))
    client.zadd("{herald}:zset", {"": float("inf"), "deep": -0.1, **{str(n): n / 3 for n in range(many)}})
    with client.pipeline() as pipeline:
        for n in range(1, many):
            pipeline.xadd("{herald}:stream", {"n": n, "ä": ""}, id=f"{n}-1")
        pipeline.execute()
    client.xadd("{herald}:ended", {"n": 1}, id="9-9")
    client.xtrim("{herald}:ended", maxlen=0)
    client.xadd("{herald}:trimmed", {"n": 1}, id="9-8")
    client.xadd("{herald}:trimmed", {"n": 1}, id="9-9")
    client.xdel("{herald}:trimmed", "9-9")
    client.set("{herald}:ending", 1, px=60_000)
    save(redis_url, tmp_path / "b")
    restore(other, tmp_path / "b")
    for key in ("empty", "set", "list", "zset", "stream", "ended", "trimmed", "binary", "ending"):
        dumped = [[piece.values for piece in read(one, [f"{{herald}}:{key}".encode()])] for one in (store, other)]
        assert dumped[0], key
        if key == "set":
            dumped = [sorted(values) for (values,) in dumped]
        assert dumped[0] == dumped[1], key
    assert 0 < other._client.pttl("{herald}:ending") <= 60_000
    for stream in ("ended", "trimmed"):
        assert other._client.xinfo_stream("{herald}:" + stream)["last-generated-id"] == "9-9"
    for kept in (store, other):
        with pytest.raises(ResponseError, match="smaller"):
            kept._client.xadd("{herald}:ended", {"n": 1}, id="9-9")


class Weighed(Store):
    """A store that notes how many bytes went in each round trip of several commands, and counts the others."""

    def __init__(self, connections):
        super().__init__(connections)
        self.sent, self.alone = [], 0

    def together(self, build):
        def weighed(pipeline):
            build(pipeline)
            self.sent.append(sum(len(pack_command(words)) for words, _ in pipeline.command_stack))

        return super().together(weighed)

    def call(self, command, site=""):
        self.alone += 1
        return super().call(command, site)


def test_a_restore_sends_about_a_mebibyte_at_once_however_large_the_pieces_are(store, redis_url, other, tmp_path):
    Keys(store).create("herald", "submit", "website")
    client = store._client
    client.hset("{herald}:hash", mapping={str(n): bytes([255]) * (1 << 18) for n in range(16)})
    with client.pipeline() as pipeline:
        for n in range(1, SLICE):
            pipeline.xadd("{herald}:stream", {"n": "x" * 2_000}, id=f"{n}-1")
        pipeline.execute()
    save(redis_url, tmp_path / "b")
    weighed = Weighed(Connections(other._client, other._lines, other._changing))
    restore(weighed, tmp_path / "b")
    assert sum(weighed.sent) > 7 * SENT_AT_ONCE
    assert max(weighed.sent) <= SENT_AT_ONCE


def test_of_values_that_are_no_text_one_is_read_at_a_time(store, redis_url):
    keys = [f"{{herald}}:binary:{n}".encode() for n in range(50)]
    for key in keys:
        store._client.set(key, b"\xff")
    weighed = Weighed(connect(redis_url))
    next(read(weighed, keys))
    assert weighed.alone < len(keys)


def test_a_sites_models_come_with_it_and_others_stay(store, redis_url, other, tmp_path):
    model = model_like(DEFAULT, tmp_path / "model", "2026.11.26-abcdef", 0.1)
    classifier = Classifier.load(model)
    for site in ("herald", "rival"):
        found_site(store, site)
    published = Published(store)
    published.put(model, classifier)
    published.publish("herald", classifier.version, classifier.digest, Change("op", "olga", "better"))
    save(redis_url, tmp_path / "b")
    epoch = Published(other).epoch()
    restore(other, tmp_path / "b", "rival")
    assert Published(other).in_force()[1] == {}
    restore(other, tmp_path / "b", "herald")
    theirs = Published(other)
    assert theirs.in_force()[1] == {"herald": [classifier.digest]}
    assert theirs.epoch() > epoch
    assert theirs.files(classifier.digest) == published.files(classifier.digest)
    assert theirs.moves(["herald"]) == published.moves(["herald"])
