"""People's passwords: digests by Argon2id, with the parameters that RFC 9106 recommends where memory is scarce."""

import secrets
import string
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY
from gevent.lock import BoundedSemaphore

from service.turns import aside

LEAST: Final = 12
MOST: Final = 256
"""Characters of a password: NIST SP 800-63B asks for no other rule."""

AT_ONCE: Final = 2
"""Digests made at once in a process: each takes 64 MiB and some 0.1 s of a core."""


class Passwords:
    """Makes and checks digests, aside, so that no other request waits for them."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._turns = BoundedSemaphore(AT_ONCE)
        self._nobodys: str | None = None

    def digest(self, password: str) -> str:
        """A password's digest, with its salt and parameters."""
        with self._turns:
            return aside(lambda: self._hasher.hash(password))

    def fits(self, digest: str, password: str) -> bool:
        """Whether a digest is of this password; for "", no, after as much work as for any other."""
        if not digest and self._nobodys is None:
            self._nobodys = self.digest(secrets.token_urlsafe())
        against = digest or self._nobodys or ""
        with self._turns:
            same = aside(lambda: self._verified(against, password))
        return same and bool(digest)

    def _verified(self, digest: str, password: str) -> bool:
        try:
            return self._hasher.verify(digest, password)
        except (VerificationError, InvalidHashError):
            return False


def invented() -> str:
    """A password that nobody can guess, in groups that can be read out: 20 of 32 characters, 100 bits."""
    letters = "".join(sorted(set(string.ascii_lowercase + string.digits) - set("l1o0")))
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))
