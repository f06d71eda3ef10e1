"""One page, one transaction: payload, posts, checkpoint, coverage."""

import logging
from typing import Self

from scrapy.crawler import Crawler
from scrapy.statscollectors import StatsCollector
from scrapy.utils.asyncio import run_in_thread
from sqlmodel import Session

from crawlers.budget_guard import record_page
from crawlers.checkpoints import save_checkpoint
from crawlers.comments import mark_thread_gone, record_comments
from crawlers.context import FAILED, CrawlContext
from crawlers.coverage import record_window
from crawlers.pages import PageItem
from crawlers.parsers.items import ParsedPage
from crawlers.spiders.polling import polling_spider
from crawlers.states import change_state
from crawlers.storage import PageStore, StoreCounts
from models import CrawlRun, Post
from models.database import open_session

log = logging.getLogger(__name__)


class PagePipeline:
    """Commits each page before the spider may ask for the next one.

    Scrapy hands over the outputs of a callback one by one (CONCURRENT_ITEMS is 1): the page
    first, and the request behind it only after `process_item` has returned.
    """

    def __init__(self, context: CrawlContext, stats: StatsCollector) -> None:
        self._context = context
        self._stats = stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Made by Scrapy for the crawler's spider."""
        return cls(polling_spider(crawler).context, crawler.stats)

    async def process_item(self, item: PageItem) -> PageItem:
        """Commit the page in a thread; the run ends when that fails."""
        try:
            counts = await run_in_thread(self._commit, item)
        except Exception as error:
            self._context.end(FAILED, f"store: a page could not be kept ({type(error).__name__})")
            raise
        if self._context.progress is not None and item.page is not None:
            self._context.progress.kept(counts.posts_new + counts.posts_known)
        _log_page(item, counts)
        return item

    def _commit(self, item: PageItem) -> StoreCounts:
        context = self._context
        with open_session(context.engine) as session:
            counts = self._store(session, item)
            save_checkpoint(
                session,
                context.keyring,
                item.then or item.poll,
                done=item.then is None and item.ends_poll,
                now=context.now,
            )
            for thread in item.threads:
                post_id = context.keyring.post_id(item.platform, thread.post_platform_id)
                record_comments(session, post_id, thread, item.poll)
            for row in item.rows:
                session.merge(row)
            if item.result is not None:
                record_window(session, item.poll, item.result, context.run_id)
            for poll, result in item.further:
                record_window(session, poll, result, context.run_id)
            record_page(session, context, item)
            self._count(session, counts)
        return counts

    def _store(self, session: Session, item: PageItem) -> StoreCounts:
        if item.page is None or item.under is None:
            self._mark_gone(session, item)
            return StoreCounts()
        store = PageStore(session, self._context.keyring, self._context.watchlist)
        for page in item.beside:
            store.store(page, ParsedPage(), item.under)
        return store.store(item.page, item.parsed, item.under)

    def _mark_gone(self, session: Session, item: PageItem) -> None:
        """Posts that are gone by a refusal, which has no page to store."""
        for gone in item.parsed.gone:
            post_id = self._context.keyring.post_id(item.platform, gone.platform_id)
            if (post := session.get(Post, post_id)) is not None:
                change_state(
                    session,
                    post,
                    gone.state,
                    since=item.poll.polled_at,
                    reason=gone.reason,
                    source=item.poll.source,
                )
                mark_thread_gone(session, post_id, item.poll)

    def _count(self, session: Session, counts: StoreCounts) -> None:
        run = session.get_one(CrawlRun, self._context.run_id)
        run.requests = self._stats.get_value("downloader/request_count", 0)
        run.posts_new += counts.posts_new
        run.posts_known += counts.posts_known
        run.quarantined += counts.quarantined
        if counts.opted_out:
            self._stats.inc_value("vigie/opted_out", counts.opted_out)


def _log_page(item: PageItem, counts: StoreCounts) -> None:
    log.info(
        "%s: page %d kept, %d new, %d known, %d quarantined%s",
        item.poll.query_id,
        item.poll.pages,
        counts.posts_new,
        counts.posts_known,
        counts.quarantined,
        f"; window {item.result.status}" if item.result else "",
    )
