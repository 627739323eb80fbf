"""Where a delivery may go, as a table; and no form of a private address that is taken for a public one."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.webhooks.addresses import (
    NOT_PUBLIC,
    Networks,
    UnusableUrl,
    check_address,
    check_url,
    is_public,
    target_of,
)

NOWHERE = Networks()

REFUSED = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254",
    "168.63.129.16", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
    "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:7f00:1::", "2001:db8::1", "2002:7f00:1::",
    "2002:c0a8:101::1", "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1",
    "2606:4700::5efe:7f00:1", "2606:4700::200:5efe:a9fe:a9fe",
]  # fmt: skip

PUBLIC = ["1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0",
          "192.167.255.255", "223.255.255.255", "2606:4700:4700::1111", "2a00:1450::1", "::ffff:1.1.1.1",
          "64:ff9b::101:101"]  # fmt: skip


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_is_nobodys_on_the_internet_is_refused(address):
    assert not is_public(ip_address(address))
    with pytest.raises(UnusableUrl):
        check_address(ip_address(address), "https", NOWHERE)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_allowed_with_tls_alone(address):
    check_address(ip_address(address), "https", NOWHERE)
    with pytest.raises(UnusableUrl):
        check_address(ip_address(address), "http", NOWHERE)


@given(st.sampled_from(NOT_PUBLIC).flatmap(lambda net: st.integers(int(net[0]), int(net[-1]))))
def test_no_disguise_in_ipv6_makes_a_private_address_public(number):
    assert not is_public(IPv4Address(number))
    for disguised in (number, 0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80):
        assert not is_public(IPv6Address(disguised))


@given(st.ip_addresses())
def test_what_we_call_public_python_does_not_call_private(address):
    if is_public(address):
        assert not address.is_private
        assert not address.is_multicast
        assert not address.is_loopback
        assert not address.is_link_local
        assert not address.is_unspecified


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::a01:203", "fd00::5"])
def test_configured_networks_are_allowed_without_tls_too(address):
    allowed = Networks.parse("10.0.0.0/8, fd00::/8")
    check_address(ip_address(address), "http", allowed)
    with pytest.raises(UnusableUrl):
        check_address(ip_address("192.168.0.1"), "http", allowed)


@pytest.mark.parametrize("text", ["10.0.0.0/33", "ten", "10.0.0.1/8", "10.0.0.0/8;fd00::/8"])
def test_what_is_no_network_is_refused(text):
    with pytest.raises(ValueError, match=r"10\.0\.0|ten"):
        Networks.parse(text)


@pytest.mark.parametrize(
    "url",
    [
        "", "news.example", "//news.example/", "ftp://news.example/", "file:///etc/passwd", "https://", "https:///path",
        "http://news.example/", "https://user@news.example/", "https://user:secret@news.example/", "https://@news.example/",
        "https://news.example:0/", "https://news.example:22/", "https://news.example:65536/", "https://news.example:x/",
        "https://news.example/#part", "https://news.example/a b", "https://news.example/\n", "https://news.example\\@10.0.0.1/",
        "https://nöws.example/", "https://news..example/", "https://[::1/", "https://127.0.0.1/", "https://127.1/",
        "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://0177.0.0.1/", "https://127.0.0.1./",
        "https://10.0.0.1/", "https://169.254.169.254/latest/meta-data", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
        "https://[fe80::1%25eth0]/", "https://[fd00::1]/", "https://localhost/", "https://LOCALHOST./", "https://a.localhost/",
        "https://news.example/" + "x" * 2000,
    ],
)  # fmt: skip
def test_a_url_that_could_never_be_delivered_to_is_refused(url):
    with pytest.raises(UnusableUrl):
        check_url(url, NOWHERE)


@pytest.mark.parametrize(
    ("url", "authority", "path"),
    [
        ("https://news.example", "news.example", "/"),
        ("https://News.Example:443/hooks?token=a%20b", "news.example", "/hooks?token=a%20b"),
        ("https://news.example:8443/hooks", "news.example:8443", "/hooks"),
        ("https://xn--nws-sna.example/", "xn--nws-sna.example", "/"),
        ("https://1.1.1.1/", "1.1.1.1", "/"),
        ("https://[2606:4700:4700::1111]:8443/x", "[2606:4700:4700::1111]:8443", "/x"),
    ],
)
def test_a_url_that_can_is_taken_apart(url, authority, path):
    check_url(url, NOWHERE)
    target = target_of(url)
    assert (target.authority, target.path) == (authority, path)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/", "http://localhost:8000/", "https://127.0.0.1:8000/", "http://news.internal/"]
)
def test_what_the_operator_allowed_may_be_named(url):
    check_url(url, Networks.parse("127.0.0.0/8"))
