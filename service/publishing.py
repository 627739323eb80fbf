"""Puts models in force, for one site or for all without their own, takes them back, and tells who follows."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import orjson

from model.artifact import CARD, MANIFEST, ArtifactError
from model.checks import Report
from model.classifier import DEFAULT, Classifier
from service.models import Models
from service.store.keys import Keys
from service.store.models import EVERY_SITE, Change, Move, NotStored, Publication, Published, VersionTaken


class UnknownVersion(Exception):
    """The site may use no model of this version."""


class UnusableModel(Exception):
    """The model's files are not what was published."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that a site may use; the one that the service started with need not have been published."""

    version: str
    digest: str
    published_at: int | None
    by: str | None
    reason: str | None
    in_force: bool


class Publishing:
    """What an operator does by command and a site's admin through the API.

    :param own: the folder of the model that the service starts with; None for the one that ships.
    """

    def __init__(self, published: Published, models: Models, keys: Keys, own: Path | None) -> None:
        self.models = models
        self._published, self._keys = published, keys
        self._own = own or DEFAULT

    def publish(
        self, place: str, folder: Path, classifier: Classifier, change: Change, gate: Report | None = None
    ) -> None:
        """Stores a model that was loaded from `folder` and puts it in force; keeps what the gate said of it.

        :raises VersionTaken: another model has its version.
        :raises NotStored: another publication dropped it meanwhile, as one that nobody needed.
        """
        if classifier.digest != self.models.own.digest and classifier.version == self.models.own.version:
            raise VersionTaken(classifier.version)
        self._published.put(folder, classifier)
        self._published.publish(place, classifier.version, classifier.digest, change, gate)
        self._announce(place, change)

    def choose(self, site: str, version: str, change: Change) -> None:
        """Puts a model that a site may use in force for this site alone.

        :raises UnknownVersion, UnusableModel, VersionTaken, MovedMeanwhile: it cannot be.
        """
        offer = next((one for one in self.offers(site) if one.version == version), None)
        if offer is None:
            raise UnknownVersion(version)
        if offer.published_at is None:
            self._published.put(self._own, self.models.own)
        if self.models.usable(offer.digest) is None:
            raise UnusableModel(version)
        try:
            self._published.publish(site, version, offer.digest, change)
        except NotStored as gone:
            raise UnknownVersion(version) from gone
        self._announce(site, change)

    def roll_back(self, place: str, change: Change) -> None:
        """Puts in force what was so before the last publication at a place; with none left, it has no own model.

        :raises NothingBefore: none is left.
        :raises MovedMeanwhile: it is not the one that was seen.
        """
        self._published.roll_back(place, change)
        self._announce(place, change)

    def card(self, offer: Offer) -> str:
        """What a model says of itself, in Markdown.

        :raises UnusableModel: it is not what was published.
        """
        if offer.digest == self.models.own.digest:
            return (self._own / CARD).read_text(encoding="utf-8")
        try:
            files = self._published.files(offer.digest, (MANIFEST, CARD))
        except ArtifactError as problem:
            raise UnusableModel(offer.version) from problem
        if sha256(files.get(MANIFEST, b"")).hexdigest() != offer.digest:
            raise UnusableModel(offer.version)
        card = files.get(CARD, b"")
        if sha256(card).hexdigest() != orjson.loads(files[MANIFEST])["files"][CARD]:
            raise UnusableModel(offer.version)
        return card.decode()

    def moves(self, site: str) -> list[Move]:
        """What was put in force and taken back for a site, and for every site, newest first."""
        return self._published.moves((EVERY_SITE, site))

    def report(self, move: Move) -> Report | None:
        """What the gate said before a publication; None where none was kept."""
        return self._published.report(move)

    def stack(self, site: str) -> list[str]:
        """The digests that were put in force for a site alone, the newest first; none where it follows all sites."""
        _, stacks = self._published.in_force()
        return stacks.get(site, [])

    def offers(self, site: str) -> list[Offer]:
        """The models that a site may use: published for every site or for this one, newest first, and our own."""
        newest: dict[str, Publication] = {}
        for one in self._published.publications((EVERY_SITE, site)):
            newest.setdefault(one.digest, one)
        now = self.models.in_force(site).digest
        own = self.models.own
        offers = [
            Offer(one.version, one.digest, one.at, one.by, one.reason, one.digest == now) for one in newest.values()
        ]
        if own.digest not in newest:
            offers.append(Offer(own.version, own.digest, None, None, None, own.digest == now))
        return offers

    def everywhere(self) -> tuple[list[Publication], dict[str, str]]:
        """What was published anywhere, newest first, and the digest that was last put in force at each place."""
        _, stacks = self._published.in_force()
        places = dict.fromkeys((EVERY_SITE, *self._keys.sites(), *stacks))
        return self._published.publications(places), {place: stack[0] for place, stack in stacks.items()}

    def _announce(self, place: str, change: Change) -> None:
        """Tells each site that a change concerns; whoever was told already is not told again."""
        _, stacks = self._published.in_force()
        versions = self._published.versions()
        own = self.models.own
        sites = [place] if place != EVERY_SITE else [one for one in self._keys.sites() if one not in stacks]
        for site in sites:
            stack = stacks.get(site) or stacks.get(EVERY_SITE)
            digest = stack[0] if stack else own.digest
            version = versions.get(digest, own.version)
            data = {"version": version, "digest": digest, "by": change.by, "reason": change.reason}
            self._published.tell(site, digest, data)
