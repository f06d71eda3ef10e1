"""X API v2 quotes of stored posts, which match no query unless their own text does."""

from sqlalchemy import SQLColumnExpression
from sqlmodel import col

from crawlers.spiders.x_spread import XSpreadSpider
from models import Engagement


class XQuotesSpider(XSpreadSpider):
    """Asks for the quotes of posts that were quoted often."""

    name = "x_quotes"
    errands = (("quotes", "quotes of posts that spread"),)
    endpoint = "/2/tweets/{id}/quote_tweets"

    @classmethod
    def counted(cls) -> SQLColumnExpression[int | None]:
        """Quotes, at the newest snapshot."""
        return col(Engagement.quotes)
