"""Single sign-on: what a provider says of somebody makes a person of the newsroom.

A person is known by the provider's own id for them and never by a name. So a name that somebody has who signs in by a
password, or whom the provider knows by another id, is not taken over: the newcomer is sent away.
"""

import importlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from service.settings import Settings
from service.store.people import NAME_LIMIT, NameTaken, People, Person, PersonRole

if TYPE_CHECKING:
    from service.console.signon.oidc import Provider

BY: Final = "single sign-on"
"""Who makes and changes these people, for the audit log."""


class SignOnFailed(Exception):
    """A sign-in that comes to nothing; `status` and `shown` are for the browser."""

    status = 403
    shown = ""


class ProviderAway(SignOnFailed):
    """The provider cannot be reached, or answers what no provider answers."""

    status = 503
    shown = "Your newsroom's accounts cannot be reached at the moment. Try again in a minute."


class ProviderRefuses(SignOnFailed):
    """The provider, or a check of what it sent, refuses this sign-in."""

    shown = "Your newsroom's accounts did not let you through. Begin anew."


class NotAdmitted(SignOnFailed):
    """The provider knows this person, and the newsroom does not take them in; the message says why, to them as well."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.shown = why


@dataclass(frozen=True, slots=True)
class Started:
    """A sign-in on its way: where the browser goes, and what has to come back with it."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """Who the provider says that somebody is: `subject` never changes there, the name and the role may."""

    subject: str
    name: str
    role: PersonRole


@dataclass(frozen=True, slots=True)
class Reading:
    """Which claims tell the name and the role, and which values of the latter make what."""

    name_claim: str
    role_claim: str
    moderate: frozenset[str]
    admin: frozenset[str]

    def claimed(self, claims: Mapping[str, Any]) -> Claimed:
        """A person in claims that were checked.

        :raises NotAdmitted: there is no name that could be shown, or no role.
        """
        name = _found(claims, self.name_claim)
        name = name.strip() if isinstance(name, str) else ""
        if not name or len(name) > NAME_LIMIT or not name.isprintable():
            raise NotAdmitted(f"The provider sent no name in {self.name_claim}.")
        held = _values(_found(claims, self.role_claim))
        if held & self.admin:
            return Claimed(str(claims["sub"]), name, "admin")
        if held & self.moderate:
            return Claimed(str(claims["sub"]), name, "moderate")
        raise NotAdmitted("You have no role here. Ask those who run your newsroom's accounts for one.")


class SignOn:
    """Signing in through one provider, to one site."""

    def __init__(self, provider: "Provider", reading: Reading, people: People, site: str) -> None:
        self._provider, self._reading, self._people = provider, reading, people
        self.site = site

    @property
    def issuer(self) -> str:
        """What the provider calls itself."""
        return self._provider.issuer

    def start(self, redirect_uri: str) -> Started:
        """Begins a sign-in that comes back to `redirect_uri`.

        :raises ProviderAway: the provider does not answer.
        """
        return self._provider.start(redirect_uri)

    def finish(self, redirect_uri: str, code: str, *, nonce: str, verifier: str) -> Person:
        """The person behind a code that came back: made on their first sign-in, and with the role that they have now.

        :raises NotAdmitted: the provider knows them, and the newsroom does not let them in.
        :raises ProviderRefuses: the code is not good, or the token does not stand up to the checks.
        :raises ProviderAway: the provider does not answer.
        """
        claimed = self._reading.claimed(self._provider.claims(redirect_uri, code, nonce=nonce, verifier=verifier))
        subject = subject_of(self.issuer, claimed.subject)
        known = self._people.by_subject(self.site, subject)
        op = secrets.token_urlsafe(12)
        if known is None:
            try:
                return self._people.create(self.site, claimed.name, claimed.role, "", by=BY, op=op, subject=subject)
            except NameTaken as taken:
                raise NotAdmitted(
                    f"Somebody is called {claimed.name} here already. If that is you, whoever runs Winnow can connect "
                    f"the two; your id at your newsroom's accounts is {claimed.subject}."
                ) from taken
        if known.disabled:
            raise NotAdmitted("An admin of your site has ended your access.")
        if known.role != claimed.role:  # the provider's word holds, even for the last admin
            return self._people.set_role(self.site, known.name, claimed.role, by=BY, op=op, spares_last=False)
        return known


def subject_of(issuer: str, subject: str) -> str:
    """What is kept of who somebody is to a provider: another provider may use the same id for somebody else."""
    return f"{issuer} {subject}"


def sign_on_of(settings: Settings, people: People) -> SignOn | None:
    """What the settings set up; None, and nothing imported, where they name no provider."""
    if not settings.oidc_issuer:
        return None
    make = importlib.import_module("service.console.signon.oidc").Provider
    secret, scope = settings.oidc_client_secret, settings.oidc_scope
    provider: Provider = make(settings.oidc_issuer, settings.oidc_client_id, secret, scope)
    return SignOn(provider, reading_of(settings), people, str(settings.oidc_site))


def reading_of(settings: Settings) -> Reading:
    """What the settings say about claims."""
    moderate, admin = _listed(settings.oidc_moderate), _listed(settings.oidc_admin)
    return Reading(settings.oidc_name_claim, settings.oidc_role_claim, moderate, admin)


def _found(claims: Mapping[str, Any], path: str) -> Any:
    """A claim by its name, which may have dots in it, or by its way through objects (`realm_access.roles`)."""
    if path in claims:
        return claims[path]
    head, _, rest = path.partition(".")
    inner = claims.get(head)
    return _found(inner, rest) if rest and isinstance(inner, Mapping) else None


def _values(claim: Any) -> frozenset[str]:
    """A claim's values: providers send one text, or a list of them."""
    many = claim if isinstance(claim, list) else [claim]
    return frozenset(one for one in many if isinstance(one, str))


def _listed(text: str) -> frozenset[str]:
    return frozenset(one.strip() for one in text.split(",") if one.strip())
