"""A sign of life for an outside monitor: `VIGIE_HOME/heartbeat.json`, written every minute."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlmodel import Session, select

from models import JobWatermark
from models.database import read_session
from pipelines.deployment import Deployment
from pipelines.operations.facts import OperationsFacts, gather
from pipelines.operations.jobs import Job
from pipelines.outputs import publish

FILE: Final = "heartbeat.json"
STALE_AFTER: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class Pulse:
    """Whether the scheduler is alive, in one line."""

    alive: bool
    message: str


def write_heartbeat(deployment: Deployment, jobs: Sequence[Job], *, now: datetime) -> Path:
    """Write the whole file anew."""
    settings = deployment.settings
    with read_session(deployment.engine) as session:
        facts = gather(session, settings, deployment.watchlist, now)
        content = {
            "time": now.isoformat(),
            "jobs": _jobs(session, jobs, now),
            **_collection(facts),
        }
    path = settings.home / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    publish([(path, (json.dumps(content, indent=1) + "\n").encode())])
    return path


def pulse(home: Path, now: datetime) -> Pulse:
    """What the heartbeat of a home says at a moment."""
    path = home / FILE
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        beat = datetime.fromisoformat(told["time"])
    except FileNotFoundError:
        return Pulse(False, f"no scheduler has run here: {path} does not exist; start `vigie run`")
    except (OSError, ValueError, KeyError, TypeError):
        return Pulse(False, f"{path} cannot be read; start `vigie run` anew")
    age = now - beat
    if age > STALE_AFTER:
        minutes = int(age / timedelta(minutes=1))
        return Pulse(False, f"last heartbeat {minutes} minutes ago; start `vigie run` anew")
    failed = [job["job"] for job in told.get("jobs", ()) if job.get("status") == "failed"]
    return Pulse(True, f"alive; jobs failed: {', '.join(failed) or 'none'}")


def _jobs(session: Session, jobs: Sequence[Job], now: datetime) -> list[dict[str, Any]]:
    rows = {row.job_id: row for row in session.exec(select(JobWatermark))}
    return [_job(job, rows.get(job.job_id), now) for job in jobs]


def _job(job: Job, row: JobWatermark | None, now: datetime) -> dict[str, Any]:
    return {
        "job": job.job_id,
        "status": row.status if row else "never",
        "done_until": _shown(row.done_until if row else None),
        "finished_at": _shown(row.finished_at if row else None),
        "not_before": _shown(row.not_before if row else None),
        "next_due": _shown(job.next_due(now)),
    }


def _collection(facts: OperationsFacts) -> dict[str, Any]:
    still_open = [gap for gap in facts.gaps if gap.final is None]
    oldest = min(still_open, key=lambda gap: gap.window_start, default=None)
    return {
        "sources": [
            {
                "source": one.source,
                "state": one.state or one.last_status,
                "until": one.until,
                "last_success": _shown(one.last_success),
            }
            for one in facts.sources
        ],
        "gaps_open": len(still_open),
        "gaps_final": len(facts.gaps) - len(still_open),
        "oldest_gap": None
        if oldest is None
        else {
            "source": oldest.source,
            "query": oldest.query_id,
            "start": _shown(oldest.window_start),
            "reason": oldest.reason,
        },
    }


def _shown(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
