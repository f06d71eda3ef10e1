"""X's batch-compliance jobs: their state, and where ids go and results come from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crawlers.parsers.fields import as_dict, as_id, as_text
from crawlers.parsers.items import UnreadablePayload


@dataclass(frozen=True)
class Job:
    """One job as X describes it; the addresses let anyone who knows them in."""

    job_id: str
    status: str  # created, in_progress, complete, failed or expired
    upload_url: str
    download_url: str


def parse_x_job(body: Mapping[str, Any]) -> Job:
    """The job of an answer; UnreadablePayload when there is none in it."""
    data = as_dict(body.get("data"))
    job_id = as_id(data.get("id"))
    status = as_text(data.get("status"))
    if job_id is None or status is None:
        raise UnreadablePayload("not an answer with a compliance job")
    addresses = [as_text(data.get(name)) or "" for name in ("upload_url", "download_url")]
    return Job(job_id, status, *addresses)
