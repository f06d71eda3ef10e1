"""X API v2 batch compliance: which stored posts X no longer shows, by one job over all of them.

A job is created, given our ids, asked for until X has finished it, and its result fetched: each
line becomes a state of a post in the transaction that keeps the result. What follows from a
state, the removal of texts, is `pipelines.compliance`.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from scrapy import Request
from scrapy.http import Response
from sqlmodel import func, select

from crawlers.context import PARTIAL
from crawlers.due import all_ids, platform_ids
from crawlers.pages import PageItem
from crawlers.parsers.items import ParsedPage, UnreadablePayload
from crawlers.parsers.x_gone import parse_x_compliance
from crawlers.parsers.x_jobs import Job, parse_x_job
from crawlers.spiders.polling import ENDPOINT, JUDGE, PAUSE, QueryRefused
from crawlers.spiders.x_api import Call
from crawlers.spiders.x_errands import Errand, XErrandSpider
from crawlers.storage import FetchedPage
from crawlers.verdicts import json_object, judge_file
from models import ComplianceJob
from models.database import open_session

JOBS: Final = "/2/compliance/jobs"
JOB: Final = "/2/compliance/jobs/{id}"
UPLOAD: Final = "compliance upload"
RESULT: Final = "compliance result"
POSTS: Final = "posts"
CREATE, SEND, ASK, FETCH = "create", "send", "ask", "fetch"
OPEN: Final = frozenset({"created", "in_progress"})
BETWEEN_JOBS: Final = timedelta(hours=20)
MOST_ASKS: Final = 20  # in one run, ever further apart
LONGEST_PAUSE: Final = 60.0
FIRST_PAUSE: Final = 10.0  # in request delays
MOST_RESTARTS: Final = 1


class XComplianceSpider(XErrandSpider):
    """Walks one job through its steps; a run that is cut off goes on with the same job."""

    name = "x_compliance"
    errands = ((POSTS, "which stored posts X no longer shows"),)
    position_life = timedelta(days=6)  # a result can be fetched for seven days

    @classmethod
    def due(cls, errand: Errand) -> Mapping[str, Any] | None:
        """A new job, when there are posts and the last job is not of today."""
        planning = errand.planning
        session, now = planning.session, planning.asked.now
        last_id, last_at = session.execute(
            select(func.max(ComplianceJob.id), func.max(ComplianceJob.created_at))
        ).one()
        if last_at is not None and now - last_at < BETWEEN_JOBS:
            return None
        if not all_ids(session):
            return None
        return {"step": CREATE, "row": (last_id or 0) + 1, "asks": 0, "restarts": 0}

    def call(self) -> Call:
        """The call of a step that is asked of the API itself."""
        if self.position["step"] == CREATE:
            return Call(JOBS, method="POST", body={"type": "tweets", "resumable": False})
        return Call(JOB, path={"id": self._job.job_id})

    def request(self) -> Request:
        """The request of the current step."""
        step = self.position["step"]
        if step == SEND:
            return self._file_request(UPLOAD, self._job.upload_url, self._ids())
        if step == FETCH:
            return self._file_request(RESULT, self._job.download_url)
        request = self.ask(self.call())
        asks = self.position["asks"]
        if asks:
            first = FIRST_PAUSE * self.context.settings.request_delay
            request.meta[PAUSE] = min(first * 2.0 ** (asks - 1), LONGEST_PAUSE)
        return request

    def parse(self, response: Response) -> Iterable[PageItem | Request]:
        """Keep what a step brought and take the next one."""
        step = self.position["step"]
        if step == FETCH:
            yield from self._fetched(self.page_of(response, RESULT))
        elif step == SEND:
            yield from self._moved("uploaded", step=ASK, sent=self.position["sending"])
        else:
            yield from self._told(response)

    def step(self, parsed: ParsedPage) -> Mapping[str, Any] | None:  # noqa: ARG002 (see parse)
        """A job ends with its result."""
        return None

    def recover(self, refusal: QueryRefused) -> Iterable[PageItem | Request] | None:
        """A file address that is not taken any more: once, begin with a new job."""
        restarts = self.position["restarts"]
        if self.position["step"] not in (SEND, FETCH, ASK) or restarts >= MOST_RESTARTS:
            return super().recover(refusal)
        return self._begun_again(restarts + 1)

    # --- steps --------------------------------------------------------------------------------

    def _told(self, response: Response) -> Iterable[PageItem | Request]:
        page = self.page_of(response, response.meta[ENDPOINT])
        try:
            job = parse_x_job(json_object(page.body) or {})
        except UnreadablePayload as error:
            yield from self.unreadable(page, str(error))
            return
        if self.position["step"] == CREATE:
            addresses = [job.job_id, job.status, job.upload_url, job.download_url]
            created = self.context.settings.clock().isoformat()
            yield from self._moved("created", step=SEND, job=addresses, created_at=created)
        elif job.status == "complete":
            yield from self._moved("in_progress", step=FETCH)
        elif job.status in OPEN:
            yield from self._still_open()
        else:
            yield from self._ended_badly(job.status)

    def _still_open(self) -> Iterable[PageItem | Request]:
        asks = self.position["asks"] + 1
        if asks < MOST_ASKS:
            yield from self._moved("in_progress", asks=asks)
            return
        self._move(asks=0)
        yield self.item(None, ParsedPage(), rows=(self._row("in_progress"),))
        self.context.end(PARTIAL, "compliance: X still works on the job; run it again later")

    def _ended_badly(self, status: str) -> Iterable[PageItem | Request]:
        row = self._row(status)
        yield from self.give_up(f"compliance: the job ended as {status}; run it again", rows=(row,))

    def _fetched(self, page: FetchedPage) -> Iterable[PageItem | Request]:
        parsed = parse_x_compliance(page.body)
        row = self._row("complete")
        row.outcome = dict(sorted(Counter(gone.reason or "" for gone in parsed.gone).items()))
        self.poll = self.poll.after_page(0, None)
        yield self.item(page, parsed, done=True, rows=(row,))
        yield from self.next_poll()

    def _moved(self, status: str, **position: Any) -> Iterable[PageItem | Request]:
        self._move(**position)
        yield self.item(None, ParsedPage(), rows=(self._row(status),))
        yield from self.onward(done=False)

    def _begun_again(self, restarts: int) -> Iterable[PageItem | Request]:
        row = self._row("expired")
        self._move(step=CREATE, row=self.position["row"] + 1, asks=0, restarts=restarts, job=None)
        yield self.item(None, ParsedPage(), rows=(row,))
        yield from self.onward(done=False)

    # --- values -------------------------------------------------------------------------------

    def _move(self, **position: Any) -> None:
        self.poll = self.poll.after_page(0, {**self.position, **position})

    @property
    def _job(self) -> Job:
        return Job(*self.position["job"])

    def _ids(self) -> bytes:
        with open_session(self.context.engine) as session:
            ids = platform_ids(session, self.context.keyring, all_ids(session))
        self.poll = replace(self.poll, position={**self.position, "sending": len(ids)})
        return "\n".join(ids.values()).encode()

    def _file_request(self, what: str, address: str, body: bytes = b"") -> Request:
        return Request(
            address,
            method="PUT" if body else "GET",
            body=body,
            headers={"Content-Type": "text/plain"} if body else None,
            callback=self.parse,
            errback=self.refused,
            meta={ENDPOINT: what, JUDGE: judge_file},
        )

    def _row(self, status: str) -> ComplianceJob:
        """The job's row as it stands now; its addresses let people in, so they are encrypted."""
        position, now = self.position, self.context.settings.clock()
        reference = json.dumps(position["job"])
        return ComplianceJob(
            id=position["row"],
            platform=self.platform.name,
            kind="tweets",
            status=status,
            reference=self.context.keyring.encrypt_platform_id(reference),
            ids=position.get("sent", 0),
            created_at=datetime.fromisoformat(position["created_at"]),
            checked_at=now,
        )
