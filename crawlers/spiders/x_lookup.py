"""X API v2 lookup by ids: counts 1 h, 24 h and 7 d after posting, and texts that we lack.

It also sees which posts of closed accounts are shown again: nothing else would meet them.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from crawlers.due import MARKS, closed_due, platform_ids, snapshots_due, texts_due
from crawlers.parsers.items import ParsedPage
from crawlers.spiders.x_api import POST_FIELDS, Call
from crawlers.spiders.x_errands import Errand, XErrandSpider, lately
from crawlers.storage import Collection

ENDPOINT: Final = "/2/tweets"
IDS_A_CALL: Final = 100
TEXTS: Final = "texts"
HIDDEN: Final = "hidden"
HIDDEN_AGE: Final = timedelta(days=90)
TEXT_AGE: Final = timedelta(days=30)  # texts older than this will soon be deleted anyway
TEXT_TRIES: Final = 3
_MARKS: Final = {mark.name: mark for mark in MARKS}


class XLookupSpider(XErrandSpider):
    """Asks for stored posts whose planned snapshot is due, or whose text is cut or missing."""

    name = "x_lookup"
    errands = (
        *((mark.name, f"counts {mark.name} after posting") for mark in MARKS),
        (TEXTS, "texts that are cut or missing"),
        (HIDDEN, "posts of closed accounts that may be shown again"),
    )

    @classmethod
    def due(cls, errand: Errand) -> Mapping[str, Any] | None:
        """The posts to look up, ours and the platform's ids."""
        planning = errand.planning
        session, now = planning.session, planning.asked.now
        tried = errand.memory.get("tried", {})
        if errand.name == HIDDEN:
            found = closed_due(session, now, tried, young=HIDDEN_AGE)
        elif errand.name == TEXTS:
            found = texts_due(session, now, tried, young=TEXT_AGE, most_tries=TEXT_TRIES)
        else:
            found = snapshots_due(session, now, _MARKS[errand.name])
        ids = platform_ids(session, planning.keyring, found)
        return {"waiting": list(ids.items())} if ids else None

    def call(self) -> Call:
        """The next hundred posts."""
        ids = [platform_id for _, platform_id in self._asked()]
        params = {"ids": ",".join(ids), **POST_FIELDS[self.vocabulary]}
        return Call(ENDPOINT, params, most_posts=len(ids))

    def step(self, parsed: ParsedPage) -> Mapping[str, Any] | None:  # noqa: ARG002
        """What is left of the list; what no mark settles is remembered as tried."""
        if self.poll.query_id not in _MARKS:
            self._remember_tries()
        rest = self.position["waiting"][IDS_A_CALL:]
        return {"waiting": rest} if rest else None

    def collection(self) -> Collection:
        """Known posts are looked up: a lookup brings none in, and marks its snapshot."""
        mark = self.poll.query_id if self.poll.query_id in _MARKS else None
        return replace(super().collection(), mark=mark, collects=False)

    def _asked(self) -> list[tuple[str, str]]:
        return [(ours, theirs) for ours, theirs in self.position["waiting"][:IDS_A_CALL]]

    def _remember_tries(self) -> None:
        now = self.context.now
        tried = lately(self.poll.memory.get("tried", {}), now, place=1)
        for ours, _ in self._asked():
            times = tried.get(ours, (0, None))[0]
            tried[ours] = (times + 1, now.isoformat())
        self.poll = self.poll.remembering(tried=tried)
