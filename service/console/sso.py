"""Single sign-on: what a provider says of somebody, read as a person of the newsroom."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from service.settings import Settings

if TYPE_CHECKING:
    from service.console.oidc import Provider

NAME_LIMIT = 100
"""Characters that a person's name may have."""


class NotAdmitted(Exception):
    """The provider knows this person, and the newsroom does not take them in; the message says why."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """Who the provider says that somebody is: `subject` never changes there, the name and the role may."""

    subject: str
    name: str
    role: Literal["moderate", "admin"]


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


def reading_of(settings: Settings) -> Reading:
    """What the settings say about claims."""
    return Reading(
        settings.oidc_name_claim,
        settings.oidc_role_claim,
        _listed(settings.oidc_moderate),
        _listed(settings.oidc_admin),
    )


def provider_of(settings: Settings) -> "Provider | None":
    """The provider that the settings name; None, and nothing imported, where they name none."""
    if not settings.oidc_issuer:
        return None
    made: Provider = importlib.import_module("service.console.oidc").Provider(
        settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret, settings.oidc_scope
    )
    return made


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
