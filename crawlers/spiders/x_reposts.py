"""X API v2 reposts of stored posts: the shares that keyword search no longer returns."""

from sqlalchemy import SQLColumnExpression
from sqlmodel import col

from crawlers.spiders.x_spread import XSpreadSpider
from models import Engagement


class XRepostsSpider(XSpreadSpider):
    """Asks for the reposts of posts that were reposted often."""

    name = "x_reposts"
    errands = (("reposts", "reposts of posts that spread"),)
    endpoint = "/2/tweets/{id}/retweets"

    @classmethod
    def counted(cls) -> SQLColumnExpression[int | None]:
        """Reposts, at the newest snapshot."""
        return col(Engagement.shares)
