"""What collection has cost: requests and objects read, by source, endpoint and day."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlmodel import Field, Session, SQLModel, col, func, select

X_SOURCES: Final = "x\\_%"  # X sources begin with x_; nobody else charges
UNSETTLED: Final = "unsettled"  # an answer that was asked for and has not been kept yet


class Spend(SQLModel, table=True):
    """One endpoint of one source on one UTC day; written with each page, so that it never lags."""

    source: str = Field(primary_key=True, max_length=32)
    day: str = Field(primary_key=True, max_length=10, description="2024-09-16, in UTC")
    endpoint: str = Field(primary_key=True, max_length=64)
    requests: int = 0
    posts: int = Field(default=0, description="Posts read, those included beside others too.")
    users: int = Field(default=0, description="Accounts read; whether they cost is not told.")
    usd: float = Field(default=0.0, description="Upper bound by the price list in force.")


@dataclass(frozen=True)
class SpendTotals:
    """What X has cost on a day and in its month."""

    day_usd: float = 0.0
    month_usd: float = 0.0
    month_posts: int = 0


def day_of(moment: datetime) -> str:
    """The UTC day of a moment, as the table writes it."""
    return f"{moment:%Y-%m-%d}"


def totals(session: Session, day: date, *, without: tuple[str, str] | None = None) -> SpendTotals:
    """X's cost on a day and in its month; `without` leaves out the unsettled (source, day)."""
    month = select(func.sum(Spend.usd), func.sum(Spend.posts)).where(
        col(Spend.source).like(X_SOURCES, escape="\\"), col(Spend.day).like(f"{day:%Y-%m}-%")
    )
    if without is not None:
        source, of_day = without
        month = month.where(
            ~(
                (col(Spend.source) == source)
                & (col(Spend.day) == of_day)
                & (col(Spend.endpoint) == UNSETTLED)
            )
        )
    today = month.where(Spend.day == f"{day:%Y-%m-%d}")
    month_usd, month_posts = session.exec(month).one()
    day_usd, _ = session.exec(today).one()
    return SpendTotals(round(day_usd or 0.0, 6), round(month_usd or 0.0, 6), month_posts or 0)
