"""What may stand in REDIS_URL, and that what may not is refused without its secrets."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.connection import Connection, SSLConnection, UnixDomainSocketConnection

from service.settings import SettingsError, load_settings
from service.store.servers.address import Address, connection_to, shown

SECRET = "hunter2"


@pytest.mark.parametrize(
    ("url", "kind", "made"),
    [
        ("redis://db:6379/0", Connection, {"host": "db", "port": 6379, "db": 0}),
        ("rediss://winnow:pa55@db", SSLConnection, {"host": "db", "username": "winnow", "password": "pa55"}),
        ("unix:///run/redis.sock", UnixDomainSocketConnection, {"path": "/run/redis.sock"}),
        ("redis://:a%2Fb@[::1]:7/3", Connection, {"host": "::1", "port": 7, "db": 3, "password": "a/b"}),
    ],
)
def test_one_server_is_what_the_client_makes_of_its_url(url, kind, made):
    address = Address.parse(url)
    assert address.kind == "one"
    connection = connection_to(None, address.options)
    assert type(connection) is kind
    assert {name: getattr(connection, name) for name in made} == made


def test_sentinels_are_read_with_the_primarys_name_and_its_database():
    address = Address.parse("redis+sentinel://winnow:pa55@a:1,b,[::1]:3/news.main/2?sentinel_password=other")
    assert (address.kind, address.name) == ("sentinel", "news.main")
    assert address.seeds == (("a", 1), ("b", 26379), ("::1", 3))
    primary = connection_to(("p", 9), address.options)
    assert (primary.host, primary.port, primary.db, primary.username, primary.password) == ("p", 9, 2, "winnow", "pa55")
    sentinel = connection_to(address.seeds[0], address.asking)
    assert (sentinel.host, sentinel.db, sentinel.username, sentinel.password) == ("a", 0, None, "other")


def test_a_password_of_the_servers_is_not_told_to_sentinels():
    address = Address.parse("redis+sentinel://:pa55@a:1/news")
    assert connection_to(address.seeds[0], address.asking).password is None


def test_a_cluster_is_read_with_its_nodes():
    address = Address.parse("redis+cluster://winnow:p%40%2C55@a:1,[fe80::1]:2")
    assert (address.kind, address.seeds) == ("cluster", (("a", 1), ("fe80::1", 2)))
    assert connection_to(address.seeds[1], address.options).password == "p@,55"


@pytest.mark.parametrize("url", ["rediss+sentinel://a:1,b:2/news?ssl_ca_certs=/ca.pem", "rediss+cluster://a:1,b:2"])
def test_with_two_s_all_of_it_is_encrypted(url):
    address = Address.parse(url)
    assert type(connection_to(("p", 9), address.options)) is SSLConnection
    assert type(connection_to(address.seeds[0], address.asking)) is SSLConnection


NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,20}(\.[a-z]{1,5})?", fullmatch=True)
HOSTS = NAMES | st.ip_addresses().map(str)


@given(
    seeds=st.lists(st.tuples(HOSTS, st.integers(1, 65535)), min_size=1, max_size=5),
    name=NAMES,
    user=st.text(max_size=10),
    password=st.text(min_size=1, max_size=20),
    db=st.integers(0, 15),
)
def test_whatever_is_written_is_read_again(seeds, name, user, password, db):
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    hosts = ",".join(map(shown, seeds))
    address = Address.parse(f"redis+sentinel://{login}@{hosts}/{name}/{db}")
    assert (address.seeds, address.name) == (tuple(seeds), name)
    primary = connection_to(seeds[0], address.options)
    assert (primary.username or "", primary.password, primary.db) == (user, password, db)
    assert Address.parse(f"redis+cluster://{login}@{hosts}").seeds == tuple(seeds)


@pytest.mark.parametrize(
    "url",
    [
        "db",
        "http://db:6379",
        "redis+sentinels://a:1/news",
        "redis://:hunter2@db:six",
        "redis://:hunter2@db/zero",
        "redis://:hunter2@db?colour=red",
        "redis://:hun/ter2@db:6379",
        "redis+sentinel://:hunter2@a:1",
        "redis+sentinel://:hunter2@a:1/",
        "redis+sentinel://:hunter2@a:1/news/first",
        "redis+sentinel://:hunter2@a:1/two words",
        "redis+sentinel://:hunter2@/news",
        "redis+sentinel://:hunter2@a:1,,b:2/news",
        "redis+sentinel://:hunter2@a:0/news",
        "redis+sentinel://:hunter2@a:70000/news",
        "redis+sentinel://:hunter2@a:x/news",
        "redis+sentinel://:hunter2@[::1:1/news",
        "redis+sentinel://:hunter2@[abc]:1/news",
        "redis+sentinel://:hunter2@a b:1/news",
        "redis+sentinel://:hunter2/x@a:1/news",
        "redis+sentinel://:hunter2@a:1/news?sentinel_colour=red",
        "redis+sentinel://:hunter2@a:1/news?colour=red",
        "redis+sentinel://:hunter2@a:1/news#hunter2",
        "redis+cluster://:hunter2@a:1/1",
        "redis+cluster://:hunter2@a:1/news",
        "redis+cluster://:hunter2@",
        "redis+cluster://:hunter2@a:1?sentinel_password=hunter2",
        "redis+cluster://:hunter2@a:1?socket_timeout=hunter2",
    ],
)
def test_what_cannot_be_used_is_refused_at_the_start_and_never_shows_a_secret(tmp_path, url):
    with pytest.raises(SettingsError, match=r"^REDIS_URL (?!.*(hun|ter2))") as refused:
        load_settings(environ={"WINNOW_DATA": str(tmp_path), "REDIS_URL": url})
    seen, problem = set(), refused.value
    while problem is not None and problem not in seen:  # a traceback shows what it came from, too
        seen.add(problem)
        assert "ter2" not in str(problem)
        problem = (
            None
            if problem.__suppress_context__ and problem.__cause__ is None
            else (problem.__cause__ or problem.__context__)
        )
