"""What collection has cost: requests and objects read, by source, endpoint and day."""

from sqlmodel import Field, SQLModel


class Spend(SQLModel, table=True):
    """One endpoint of one source on one UTC day; written with each page, so that it never lags."""

    source: str = Field(primary_key=True, max_length=32)
    day: str = Field(primary_key=True, max_length=10, description="2024-09-16, in UTC")
    endpoint: str = Field(primary_key=True, max_length=64)
    requests: int = 0
    posts: int = Field(default=0, description="Posts read, those included beside others too.")
    users: int = Field(default=0, description="Accounts read; whether they cost is not told.")
    usd: float = Field(default=0.0, description="Upper bound by the price list in force.")
