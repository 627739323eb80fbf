from ipaddress import IPv6Address, ip_address, ip_network

import pytest

from service.processes.proxies import believed, both_ways, client_of
from service.webhooks.addresses import Networks

PROXIES = Networks.parse("127.0.0.0/8, ::1, 10.1.0.0/16, fd00::/8")
READER, OTHER = "203.0.113.9", "198.51.100.7"
ISATAP, NAT64 = "2a00:1450:4001:830:0:5efe:7f00:1", "64:ff9b::7f00:1"  # 127.0.0.1 within, and anybody's


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        (READER, "", READER),
        (READER, OTHER, READER),  # whoever is no proxy may say what they like
        (READER, "127.0.0.1", READER),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", READER, READER),
        ("", READER, READER),  # a Unix socket
        ("127.0.0.1", f"{OTHER}, {READER}", READER),  # the left one is what the reader said
        ("10.1.2.3", f"{OTHER}, {READER}, 10.1.9.9", READER),  # two proxies
        ("10.1.2.3", f"{OTHER}, 10.1.0.1, {READER}", READER),  # a reader who names one of ours gains nothing
        ("10.1.2.3", "10.1.0.1, 10.1.0.2", "10.1.0.1"),  # somebody inside
        ("10.2.2.3", READER, "10.2.2.3"),
        ("::ffff:10.1.2.3", READER, READER),
        ("fd00::1", "2001:db8::5", "2001:db8::5"),
        ("fd00::1", f"[2001:db8::5]:4711, {READER}:80", READER),
        ("fd00::1", "[2001:db8::5]:4711", "2001:db8::5"),
        ("127.0.0.1", f"{READER}, unknown", "127.0.0.1"),
        ("127.0.0.1", f"{READER}, <script>", "127.0.0.1"),
        ("127.0.0.1", " , ,", "127.0.0.1"),
        ("127.0.0.1", f"{OTHER}, {ISATAP}", ISATAP),
        ("127.0.0.1", f"{OTHER}, {NAT64}", NAT64),
    ],
)
def test_the_client_is_the_last_address_that_no_believed_proxy_has(peer, forwarded, client):
    assert client_of(peer, forwarded, PROXIES) == client


def test_without_proxies_nobody_but_a_unix_socket_is_believed():
    assert client_of("127.0.0.1", READER, Networks()) == "127.0.0.1"
    assert client_of("", READER, Networks()) == READER
    assert not believed("nonsense", PROXIES)


def test_a_network_is_known_also_as_a_socket_for_both_versions_shows_it():
    networks = [ip_network(one) for one in both_ways(PROXIES)]
    assert any(IPv6Address("::ffff:10.1.2.3") in one for one in networks)
    assert not any(IPv6Address("::ffff:10.2.2.3") in one for one in networks)
    assert any(ip_address("10.1.2.3") in one for one in networks)
