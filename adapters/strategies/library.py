"""The strategies that can be configured, and those that the tape names."""

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path

from adapters.strategies.discovery import (
    announced,
    everything,
    offered_here,
    offers_in,
    packaged,
)
from adapters.strategies.errors import BadStrategy
from adapters.strategies.loading import Kind, Shown, strategies_in
from adapters.strategies.offers import Offer, Offers
from adapters.strategies.sources import Source, read_source
from domain.strategies import STRATEGIES, UnknownStrategy
from domain.strategies.strategy import Parameter, Strategy

Stored = Callable[[str], str | None]
"""The text that the tape keeps of a source, by its SHA-256."""


class Library:
    """All strategies by name; `sources` are those that were configured, by SHA-256.

    `approved` are the sources (SHA-256) of those that were deployed from files: they trade,
    whatever their files have become. One thread's.
    """

    def __init__(
        self,
        folder: Path | None = None,
        approved: Mapping[str, str] | None = None,
        stored: Stored = lambda _: None,
        last_traded: Mapping[str, str] | None = None,
    ) -> None:
        self.sources: dict[str, str] = {}
        self._folder = folder
        own = {
            name: sha256
            for name, sha256 in (last_traded or {}).items()
            if self.installed(name) is None
        }
        self._approved = {**own, **(approved or {})}
        self._stored = stored
        self._offers: dict[str, Offer] = {}
        self._resolved: dict[tuple[str, str], Kind] = {}

    def configured(self, name: str, parameters: Mapping[str, Parameter]) -> tuple[Strategy, Source]:
        """What a configuration means by a name.

        Raises UnknownStrategy, BadParameter, BadStrategy.
        """
        offer = self.offer(name)
        found = offer.made(parameters)
        self.sources[offer.source.sha256] = offer.source.text
        return found, offer.source

    def offer(self, name: str) -> Offer:
        """The strategy of that name: as deployed, installed, or else in a file.

        Raises UnknownStrategy, BadStrategy.
        """
        if name not in self._offers:
            deployed = self._deployed(name) if name in self._approved else None
            self._offers[name] = deployed or self.newest(name)
        return self._offers[name]

    def resolve(self, name: str, source: str, parameters: Mapping[str, Parameter]) -> Strategy:
        """The strategy that was deployed with a source; raises UnknownStrategy, BadStrategy."""
        key = name, source
        if key not in self._resolved:
            self._resolved[key] = self._kind(name, source)
        return self._resolved[key].with_parameters(parameters)

    @cached_property
    def listed(self) -> Offers:
        """All that can be configured, and what is wrong with others. Runs every file."""
        return everything(self._folder)

    def is_deployed(self, name: str) -> bool:
        """Whether a strategy was deployed from a file."""
        return name in self._approved

    def is_undeployed(self, name: str) -> bool:
        """Whether a strategy is of a file, and has never been deployed."""
        return name not in self._approved and self.installed(name) is None

    def newest(self, name: str) -> Offer:
        """The strategy of that name that can be deployed: installed, or as its file is now.

        Raises UnknownStrategy, BadStrategy.
        """
        return self.installed(name) or self.in_file(name)

    def installed(self, name: str) -> Offer | None:
        """The strategy of that name that is built in or of an installed package."""
        if name in STRATEGIES:
            return offered_here(name)
        entries = packaged().get(name)
        return None if entries is None else announced(entries)

    def in_file(self, name: str) -> Offer:
        """The strategy of that name in a file; raises UnknownStrategy, BadStrategy."""
        found = Offers() if self._folder is None else offers_in(self._folder, name)
        if name in found.taken:
            raise found.taken[name]
        if name not in found.by_name:
            raise found.failed[0] if found.failed else self._unknown(name)
        return found.by_name[name]

    def _unknown(self, name: str) -> UnknownStrategy:
        known = ", ".join(sorted({*self.listed.by_name, *self._approved}))
        broken = "".join(f" {bad}" for bad in self.listed.bad)
        return UnknownStrategy(f"There is no strategy {name!r}. Known: {known}.{broken}")

    def _deployed(self, name: str) -> Offer:
        sha256 = self._approved[name]
        source = self._source(sha256)
        kind = None if source is None else _kinds(source).get(name)
        if source is None or kind is None:
            advice = f"Deploy it anew: `papertape strategies deploy {name}`."
            where = f"the source {sha256[:12]}"
            raise BadStrategy(where, f"no strategy {name!r} can be loaded from it", advice)
        shown = _as_deployed(source)
        return Offer(name, "file", shown(source.path), kind, source, shown)

    def _kind(self, name: str, sha256: str) -> Kind:
        """By its source, as far as it can still be loaded; else what is installed by that name."""
        installed = self._installed_if_sound(name)
        if installed is not None and installed.source.sha256 == sha256:
            return installed.kind
        source = self._source(sha256)
        try:
            found = {} if source is None else _kinds(source)
        except BadStrategy:
            if installed is None:
                raise
            found = {}
        if name in found:
            return found[name]
        if installed is None:
            raise UnknownStrategy(f"There is no strategy {name!r} with the source {sha256[:12]}.")
        return installed.kind

    def _installed_if_sound(self, name: str) -> Offer | None:
        try:
            return self.installed(name)
        except BadStrategy:
            return None

    def _source(self, sha256: str) -> Source | None:
        text = self._stored(sha256)
        return None if text is None else read_source(text)


def _kinds(source: Source) -> dict[str, Kind]:
    return strategies_in(source, _as_deployed(source))


def _as_deployed(source: Source) -> Shown:
    return lambda path: f"{path} as deployed ({source.sha256[:12]})"
