"""Drafts of a policy on their way between a page's form and the site's policies."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import orjson

from service.api.context import BODY_LIMIT, parts
from service.api.exchange import current
from service.api.problems import Problem
from service.console.editing.form import read, read_json
from service.console.visits import visitor
from service.moderation.policy import Policy, policy_from
from service.schemas.policy import PolicySchema
from service.store.policies import PolicyVersion

FORM_SIZE: Final = 4 * BODY_LIMIT
"""Bytes of a sent form with a policy: what the API takes, as a form or indented JSON has it."""

AS_JSON: Final = "draft"
"""The name of the form's field that has a whole draft, where it has not a field for each value."""

NUMBER: Final = re.compile(r"[0-9]{1,9}")

PLAIN: Final = PolicySchema(exclude=["version"])


@dataclass(frozen=True, slots=True)
class Draft:
    """What shall come after the version `edited`: a policy as plain values, and the name of the effect to save it."""

    edited: int
    values: Mapping[str, Any]
    op: str

    @property
    def policy(self) -> Policy:
        """The draft as a policy."""
        return policy_from(self.edited, self.values)

    @property
    def json(self) -> str:
        """The draft, to travel in a form."""
        return orjson.dumps(self.values).decode()


def sent() -> Draft:
    """The draft in the form that was sent, as fields or as JSON.

    :raises UnfitDraft: it is no policy.
    """
    form, after = current().form, edited()
    values = read_json(form[AS_JSON]) if AS_JSON in form else read(typed())
    return drafted(after, values)


def edited() -> int:
    """The version that the form was made from.

    :raises Problem: the form does not say, or there is no such version.
    """
    return version(number("version")).version


def drafted(after: int, values: Mapping[str, Any]) -> Draft:
    """A draft. Its effect has the form's name and the values': sent again with others, it is another."""
    said = f"{visitor().op} ".encode() + orjson.dumps(values)
    return Draft(after, values, sha256(said).hexdigest()[:32])


def typed() -> dict[str, str]:
    """What was typed, by the field's name."""
    return current().form.to_dict()


def number(name: str) -> int:
    """A number in a hidden field.

    :raises Problem: there is none.
    """
    text = current().form.get(name, "")
    if not NUMBER.fullmatch(text):
        raise Problem(400, "The form's hidden fields are broken. Load the page again.")
    return int(text)


def default() -> Policy:
    """Version 1 of the visitor's policy."""
    return parts().first_policy_of(visitor().site)


def live() -> Policy:
    """The policy in force."""
    return parts().policy_of(visitor().site)


def version(wanted: int) -> PolicyVersion:
    """A version of the policy, with who saved it and when.

    :raises Problem: there is none.
    """
    found = parts().policies.before(visitor().site, wanted + 1, default(), 1)
    if not found or found[0].version != wanted:
        raise Problem(404, "The policy has no such version.")
    return found[0]


def plain(policy: Policy) -> dict[str, Any]:
    """A policy as plain values, without its version."""
    values: dict[str, Any] = PLAIN.dump(policy)
    return values


def keep(draft: Draft) -> int:
    """Puts a draft in force, and says its version.

    :raises StalePolicy: another version came first.
    """
    return parts().policies.keep(visitor().site, draft.edited, draft.op, draft.values, visitor().name)
