"""Where somebody could want a webhook to go: URLs, and what a name server of theirs would say to the names in them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address


@dataclass(frozen=True, slots=True)
class Vector:
    """A URL, and the addresses that its name has at each look in turn; the last ones stay.

    Without any it is a name that is inside, such as this very machine knows it.
    """

    url: str
    says: tuple[tuple[str, ...], ...] = ()


INSIDE = (
    "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.0.1", "169.254.169.254",
    "169.254.170.2", "100.100.100.200", "192.0.0.192", "168.63.129.16", "0.0.0.0", "100.64.0.1", "198.18.0.1",
    "224.0.0.1", "255.255.255.255", "240.0.0.1",
)  # fmt: skip
"""The loopback, private networks, and where the clouds of Amazon, Google, Azure, Alibaba and Oracle tell secrets."""

INSIDE_V6 = (
    "::", "::1", "fe80::1", "fd00:ec2::254", "fc00::1", "fec0::1", "ff02::1", "100::1", "2001:db8::1", "3fff::1",
    "5f00::1", "64:ff9b:1::7f00:1", "2001::1", "fd20:ce::254",
)  # fmt: skip

NAMES = (
    "localhost", "LOCALHOST", "localhost.", "a.localhost", "ip6-localhost", "ip6-loopback", "localhost.localdomain",
    "metadata", "metadata.google.internal", "instance-data", "kubernetes.default.svc", "redis", "host.docker.internal",
)  # fmt: skip


def spellings(address: str) -> Iterator[str]:
    """An IPv4 address as decimal, octal and hexadecimal numbers, in short forms and with dots that are none."""
    number = int(IPv4Address(address))
    a, b, c, d = address.split(".")
    yield address
    yield f"{address}."
    yield f"{address}.."
    yield str(number)
    yield f"{number}."
    yield f"0x{number:08x}"
    yield f"0X{number:08X}"
    yield f"0{number:o}"
    yield ".".join(f"0{int(part):o}" for part in (a, b, c, d))
    yield ".".join(f"000{int(part):o}" for part in (a, b, c, d))
    yield ".".join(f"0x{int(part):x}" for part in (a, b, c, d))
    yield f"{a}.{b}.{int(c) * 256 + int(d)}"
    yield f"{a}.{number & 0xFFFFFF}"
    yield f"0x{int(a):x}.{b}.0{int(c):o}.{d}"
    yield f"{a}%2e{b}%2e{c}%2e{d}"
    yield f"{a}\u3002{b}\uff0e{c}\uff61{d}"
    yield "".join(chr(ord(sign) - ord("0") + 0xFF10) if sign.isdigit() else sign for sign in address)
    yield "".join(chr(ord(sign) - ord("1") + 0x2460) if sign in "123456789" else sign for sign in address)
    yield f"[{address}]"


def disguises(address: str) -> Iterator[str]:
    """The IPv6 addresses that some machine takes for an IPv4 address."""
    number = int(IPv4Address(address))
    for prefix in ("::ffff:0:0", "64:ff9b::", "::", "2606:4700::5efe:0:0", "2606:4700::200:5efe:0:0", "fe80::5efe:0:0"):
        yield str(IPv6Address(int(IPv6Address(prefix)) | number))
    yield str(IPv6Address(int(IPv6Address("2002::")) | number << 80))
    yield str(IPv6Address(int(IPv6Address("2001::")) | number ^ 0xFFFFFFFF))
    yield f"::ffff:{address}"
    yield f"0:0:0:0:0:FFFF:{address}"
    yield f"64:ff9b::{address}"


def vectors(port: int, good: str) -> list[Vector]:
    """More than 300, in a fixed order.

    :param port: on which something listens at each address of the loopback.
    :param good: an address to which deliveries are allowed; it is a rebinding name's first.
    """
    hosts = [spelled for address in INSIDE[:8] for spelled in spellings(address)]
    hosts += INSIDE[8:]
    hosts += [f"[{one}]" for one in INSIDE_V6]
    hosts += [f"[{one}]" for address in ("127.0.0.1", "169.254.169.254", "10.0.0.1") for one in disguises(address)]
    hosts += ["[::1%25lo]", "[fe80::1%25eth0]", "[fe80::1%eth0]", "[::1%lo]", "[v1.127.0.0.1]", "[::1", "::1", "[]", ""]
    found = [Vector(f"https://{host}:{port}/hook") for host in hosts]
    found += [Vector(f"https://{name}:{port}/hook") for name in NAMES]
    found += [Vector(f"https://{host}/latest/meta-data/") for host in (*INSIDE, "[fd00:ec2::254]")]
    found += [Vector(one) for one in _tricks(port)]
    found += [Vector(f"https://hook-{n}.example:{port}/", says) for n, says in enumerate(_answers(good))]
    found += [Vector(f"http://hook-{n}.example:{port}/", says) for n, says in enumerate(_answers(good))]
    return list(dict.fromkeys(found))


def _tricks(port: int) -> Sequence[str]:
    """What parsers read differently from each other, other schemes, and ports of other protocols."""
    inside = f"127.0.0.1:{port}"
    users = ("news.example", "news.example:80", "news.example%20", "news.example%00", "user:secret", "", ":")
    return (
        *(f"https://{user}@{inside}/" for user in users),
        *(f"https://{inside}{sign}news.example/" for sign in ("#@", "?@", "\\@", ";@", "%2f@", "/@", "%23@", "\t@", "%00@")),
        *(f"https://news.example{sign}{inside}/" for sign in ("\\@", "#@", "@@", "%40", " @", "\r\n@", "&@", "%0d%0a@")),
        *(f"{scheme}://{inside}/" for scheme in (
            "http", "HTTP", "hTTp", "ftp", "ftps", "gopher", "file", "dict", "ldap", "ldaps", "tftp", "sftp", "smb",
            "redis", "rediss", "ws", "wss", "jar:http", "netdoc", "phar", "data", "unix", "http+unix", "https+unix",
            "javascript", "view-source:https", "blob:https", "url:https",
        )),
        "file:///etc/passwd", "file://localhost/etc/passwd", "/etc/passwd", "unix:///run/redis.sock", "unix:/run/redis.sock",
        "http+unix://%2Frun%2Fredis.sock/", "https:/127.0.0.1/", f"https:{inside}", f"//{inside}/", f"///{inside}/",
        f"https:\\\\{inside}\\", f"https:///{inside}/", f"https:// {inside}/", f" https://{inside}/", f"https://{inside}/ ",
        f"\thttps://{inside}/", f"https://\t{inside}/", f"ht\ntps://{inside}/", f"https://127.0.0.1\r\n:{port}/",
        f"https://{inside}/\r\nX-Injected: yes", f"https://{inside}/%0d%0aX-Injected:%20yes", f"https://{inside}/\0",
        f"https://news.example:{port}:{port}@{inside}/", f"https://127.0.0.1\u2028:{port}/", f"https://127.0.0.1\u00ad:{port}/",
        f"https://\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3:{port}/", f"https://loc\u00adalhost:{port}/",
        f"https://127.0.0.1\u200b:{port}/", f"https://127.0.0.1:{port}%2f/", "https://127.0.0.1:-1/",
        "https://127.0.0.1:99999/", "https://127.0.0.1:6379/", "https://127.0.0.1:22/", "https://news.example:22/",
        "https://news.example:25/", "https://news.example:0/", "https://news.example:1023/", f"https://127.0.0.1:\u0661{port}/",
    )  # fmt: skip


def _answers(good: str) -> Iterator[tuple[tuple[str, ...], ...]]:
    """What a name server may say: bad addresses, several of which one is bad, and other ones at the next look.

    The end of a chain of CNAMEs is all that a resolver gives, so a chain is one of these.
    """
    for bad in (*INSIDE, *INSIDE_V6, *disguises("127.0.0.1"), "fe80::1%lo", "::1%lo", "::ffff:127.0.0.1%lo"):
        yield ((bad,),)
    for bad in ("127.0.0.2", "10.0.0.1", "::1", "169.254.169.254", "::ffff:127.0.0.2"):
        yield ((good, bad),)
        yield ((bad, good),)
        yield ((good, good, good, bad),)
        yield ((good,), (bad,))
