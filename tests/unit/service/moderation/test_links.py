import pytest

from service.moderation.links import is_registered, links_in, may_have_links, registered


@pytest.mark.parametrize(
    ("text", "domains"),
    [
        ("nothing here", []),
        ("One sentence.Another", []),
        ("see https://news.bbc.co.uk/a?b#c and www.example.org.", ["bbc.co.uk", "example.org"]),
        ("hxxp://evil.com hXXps://worse.com", ["evil.com", "worse.com"]),
        ("evil(dot)com, evil [.] com, evil{punkt}com", ["evil.com"] * 3),
        ("evil。com", ["evil.com"]),
        ("ev\u200bil.com", ["evil.com"]),
        ("http://user:pw@evil.com:8080/x", ["evil.com"]),
        ("http://1.2.3.4/x", ["1.2.3.4"]),
        ("http://bücher.de http://xn--bcher-kva.de", ["xn--bcher-kva.de"] * 2),
        ("me@example.org", []),
        ("twice a.com a.com", ["a.com", "a.com"]),
    ],
)
def test_every_link_counts_however_it_is_hidden(text, domains):
    assert links_in(text) == (domains, True)
    assert may_have_links(text) or not domains


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("WWW.BBC.co.uk.", "bbc.co.uk"),
        ("a.b.github.io", "github.io"),
        ("localhost", "localhost"),
        ("1.2.3.4", "1.2.3.4"),
        ("x" * 300, "x" * 253),
    ],
)
def test_a_domain_is_told_by_the_name_that_was_registered(host, name):
    assert registered(host) == name


@pytest.mark.parametrize("name", ["example.org", "bbc.co.uk", "Bücher.de", "xn--bcher-kva.de"])
def test_a_registered_name_is_one(name):
    assert is_registered(name)


@pytest.mark.parametrize(
    "name", ["www.example.org", "co.uk", "localhost", "1.2.3.4", "example.org/x", "http://example.org", "a b.com", ""]
)
def test_another_is_none(name):
    assert not is_registered(name)
