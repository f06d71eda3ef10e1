"""The one item of a crawl: a page, with all that must be committed together with it."""

from dataclasses import dataclass, field

from sqlmodel import SQLModel

from crawlers.checkpoints import Poll
from crawlers.comments import Thread
from crawlers.coverage import WindowResult
from crawlers.parsers.items import ParsedPage
from crawlers.storage import Collection, FetchedPage


@dataclass(frozen=True)
class PageItem:
    """A page and everything that must be committed with it.

    `page` is None when a query was refused and there is only its end to record. The contents
    are left out of its representation, because items can reach a log.
    """

    poll: Poll  # after this page
    platform: str
    page: FetchedPage | None = field(default=None, repr=False)
    parsed: ParsedPage = field(default=ParsedPage(), repr=False)
    under: Collection | None = field(default=None, repr=False)
    beside: tuple[FetchedPage, ...] = field(default=(), repr=False)  # it was read with these
    result: WindowResult | None = None  # set on the poll's last page
    threads: tuple[Thread, ...] = field(default=(), repr=False)  # those that end with this page
    rows: tuple[SQLModel, ...] = field(default=(), repr=False)  # further rows, by primary key
    done: bool = False  # the poll ends with this page, although it has no window to report
    # Windows of the same query that nobody asks once this one is given up.
    further: tuple[tuple[Poll, WindowResult], ...] = ()
    then: Poll | None = None  # what a later run resumes instead, when this poll was divided

    @property
    def ends_poll(self) -> bool:
        """Whether nothing of the poll is left to ask."""
        return self.done or self.result is not None
