"""Settings of one deployment. This module is the only reader of the environment."""

from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

CONFIG_DIR = Path(__file__).parent


class Settings(BaseSettings):
    """Everything an operator can set, read from VIGIE_* variables and a `.env` file."""

    model_config = SettingsConfigDict(
        env_prefix="VIGIE_", env_file=".env", env_file_encoding="utf-8", extra="ignore"
    )

    home: Path = Field(Path("var"), description="Folder of the store, keys, logs and outputs.")
    database_url: str | None = Field(
        None, description="SQLAlchemy URL of the store; empty means SQLite in VIGIE_HOME."
    )
    now: datetime | None = Field(
        None, description="Fixes the clock of any command (RFC 3339 with an offset)."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="How much is written to the log."
    )

    watchlist: Path = Field(
        CONFIG_DIR / "watchlist.yaml", description="Queries and pages to watch."
    )
    codebook: Path = Field(
        CONFIG_DIR / "codebook.yaml", description="Narrative codes and publication families."
    )
    alert_rules: Path = Field(
        CONFIG_DIR / "alert_rules.yaml", description="When an alert is proposed."
    )

    x_base_url: str = Field("https://api.x.com", description="Address of the X API v2.")
    x_bearer_token: SecretStr | None = Field(None, description="App-only bearer token for X.")
    x_vocabulary: Literal["post", "tweet"] = Field(
        "post", description="Request vocabulary: `post` (X spec 2.167+) or `tweet` (before)."
    )
    x_tier: Literal["self_serve", "enterprise"] = Field(
        "self_serve",
        description="Longest X query: 512 characters (`self_serve`) or 4,096 (`enterprise`).",
    )
    x_daily_usd: float | None = Field(
        None, ge=0, description="Most money X may cost in a UTC day; empty means no limit."
    )
    x_monthly_usd: float | None = Field(
        None, ge=0, description="Most money X may cost in a UTC month; empty means no limit."
    )
    x_page_size: int = Field(100, ge=10, le=100, description="Posts asked for per X page.")
    x_archive_page_size: int = Field(
        500, ge=10, le=500, description="Posts asked for per page of full-archive search."
    )
    x_least_spread: int = Field(
        5, ge=1, description="Reposts or quotes from which on those of an X post are asked for."
    )
    x_spread_posts_per_run: int = Field(
        50, ge=1, description="X posts whose reposts or quotes are asked for in one run."
    )
    x_max_pages_per_run: int = Field(
        300, ge=1, description="A run stops, with its checkpoint kept, after so many pages."
    )
    x_archive: bool = Field(
        False,
        description="Full-archive search is open to this app: gaps older than seven days are "
        "asked there, at the price of other posts.",
    )
    x_monthly_posts: int = Field(
        3_000_000, ge=0, description="Posts read a month; X's own cap on pay-per-use."
    )
    x_bill_included: bool = Field(
        True,
        description="Count accounts and posts that come beside the asked ones as billed. X does "
        "not say whether they are; true is the upper bound.",
    )
    facebook_base_url: str = Field(
        "https://graph.facebook.com", description="Address of the Graph API."
    )
    facebook_token: SecretStr | None = Field(None, description="System user or page token.")
    facebook_api_version: str = Field("v26.0", description="Pinned Graph API version.")
    facebook_page_size: int = Field(
        100, ge=1, le=100, description="Posts or comments asked for per Graph page."
    )
    facebook_lookback_days: int = Field(
        14, ge=0, description="Posts of so many past days are asked again for new comments."
    )
    feed_base_url: str | None = Field(
        None, description="Address asked instead of every media feed's host; for stand-ins."
    )
    request_delay: float = Field(
        0.5, ge=0, description="Seconds between two requests to one platform."
    )
    request_timeout: int = Field(
        60, ge=1, description="Seconds after which an answer that does not come whole is given up."
    )
    max_rate_wait: int = Field(
        60,
        ge=0,
        description="Longest wait in seconds for a rate limit inside a run; above it the run "
        "keeps its checkpoint and ends.",
    )

    inbox: Path | None = Field(
        None, description="Folder whose finished files are imported; empty means none."
    )
    import_time_zone: str = Field(
        "UTC", description="Zone of times in imported tables that tell none (Mali: UTC)."
    )
    import_max_ratio: int = Field(
        200,
        ge=1,
        description="An archive that unpacks to more than so many times its size is "
        "refused as a bomb.",
    )
    import_max_mib: int = Field(
        20_480, ge=1, description="Most MiB that one imported archive may unpack to."
    )

    payload_days: int = Field(30, ge=1, description="Days a payload as received is kept.")
    text_days: int = Field(
        90, ge=1, description="Days the text of a post is kept; labels and counts stay."
    )
    rejected_text_days: int = Field(
        7, ge=1, description="Days the text of a post is kept that the relevance gate rejects."
    )
    min_n: int = Field(
        20, ge=1, description='Below this denominator "too few to say" replaces a percentage.'
    )
    classifier: str = Field(
        "vigie-minilm@2026.12", description="Checkpoint in use, `name@revision`."
    )
    review_confidence: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="A stance below it goes to review; empty: the checkpoint decides.",
    )
    mailbox: Path | None = Field(
        None, description="Folder alerts are delivered to; empty means VIGIE_HOME/mailbox."
    )

    operator_mail: str | None = Field(
        None, description="Address the daily counts go to; empty: to the mailbox folder only."
    )
    mail_from: str | None = Field(None, description="Sender of mails to the operator.")
    smtp_url: SecretStr | None = Field(
        None,
        description="Mail server, smtp+starttls://USER:PASSWORD@HOST, smtps://.. or smtp://..; "
        "empty: to the mailbox folder only.",
    )

    @field_validator(
        "x_daily_usd", "x_monthly_usd", "operator_mail", "mail_from", "smtp_url", mode="before"
    )
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("now")
    @classmethod
    def _now_has_an_offset(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("VIGIE_NOW needs a time zone, for example 2024-09-23T06:00:00Z")
        return value.astimezone(UTC) if value else None

    @field_validator("import_time_zone")
    @classmethod
    def _zone_is_known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("write a zone as Africa/Bamako or UTC") from error
        return value

    @field_validator("x_base_url", "facebook_base_url", "feed_base_url")
    @classmethod
    def _base_is_an_address(cls, value: str | None) -> str | None:
        if not value:
            return None
        if not value.startswith(("https://", "http://")) or not value.partition("://")[2]:
            raise ValueError("an address begins with https://, for example https://api.x.com")
        return value.rstrip("/")

    @cached_property
    def store_url(self) -> str:
        """SQLAlchemy URL of the store in use."""
        if self.database_url:
            return self.database_url
        return f"sqlite:///{(self.home / 'vigie.sqlite').absolute()}"

    @property
    def keys_dir(self) -> Path:
        """Folder of the deployment's keys, apart from the store."""
        return self.home / "keys"

    @property
    def mailbox_dir(self) -> Path:
        """Folder that alert messages are written to."""
        return self.mailbox or self.home / "mailbox"

    def clock(self) -> datetime:
        """The time that an entry point passes on: VIGIE_NOW, or the machine's clock in UTC."""
        return self.now or datetime.now(UTC)
