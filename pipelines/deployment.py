"""One deployment opened: its settings, store, keys and configuration, read once."""

from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Engine

from config.agencies import Agency, load_agencies
from config.alert_rules import AlertRule, load_alert_rules
from config.codebook import Codebook, load_codebook
from config.glossary import Glossary, load_glossary
from config.keyring import Keyring
from config.places import Place, load_places
from config.settings import Settings
from config.watchlist import Watchlist, load_watchlist
from models.database import make_engine, require_current_schema


@dataclass(frozen=True)
class Deployment:
    """What every stage works with; each part is loaded when first asked for."""

    settings: Settings
    engine: Engine

    @classmethod
    def open(cls, settings: Settings) -> "Deployment":
        """Open the store; StoreError when it is missing or of another version."""
        engine = make_engine(settings.store_url)
        require_current_schema(engine)
        return cls(settings, engine)

    @cached_property
    def keyring(self) -> Keyring:
        """The keys of this deployment."""
        return Keyring(self.settings.keys_dir)

    @cached_property
    def watchlist(self) -> Watchlist:
        """Queries, pages and the page register."""
        return load_watchlist(self.settings.watchlist, x_tier=self.settings.x_tier)

    @cached_property
    def codebook(self) -> Codebook:
        """Narrative codes and families."""
        return load_codebook(self.settings.codebook)

    @cached_property
    def alert_rules(self) -> tuple[AlertRule, ...]:
        """When an alert is proposed."""
        return load_alert_rules(self.settings.alert_rules)

    @cached_property
    def glossary(self) -> Glossary:
        """The words of every page and message."""
        return load_glossary()

    @cached_property
    def agencies(self) -> tuple[Agency, ...]:
        """Agencies and their spellings."""
        return load_agencies()

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Places and their spellings."""
        return load_places()
