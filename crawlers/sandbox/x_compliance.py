"""Batch compliance of the X API: jobs, the upload of ids, the list of what must be deleted."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from crawlers.sandbox.elements import Post
from crawlers.sandbox.ids import x_id
from crawlers.sandbox.stage import Job, Stage
from crawlers.sandbox.x_checks import ID, Call, check_id, check_names, listed, one_of
from crawlers.sandbox.x_objects import x_time
from crawlers.sandbox.x_pages import partial_error
from crawlers.sandbox.x_vocabulary import POST
from crawlers.sandbox.x_window import BadRequestError

KINDS: Final = ("tweets", "users")
STATUSES: Final = ("created", "in_progress", "failed", "complete", "expired")
FIELDS: Final = (
    *("created_at", "download_expires_at", "download_url", "id", "name", "resumable"),
    *("status", "type", "upload_expires_at", "upload_url"),
)
UPLOAD_FOR: Final = timedelta(minutes=15)
DOWNLOAD_FOR: Final = timedelta(days=7)
LONGEST_NAME: Final = 64
PUT_PATH: Final = "/_storage/upload/"
GET_PATH: Final = "/_storage/download/"

Json = dict[str, Any]


def create(stage: Stage, call: Call) -> Json:
    """Open a job; its addresses lead to these stand-ins."""
    asked = _body(call)
    job = Job(
        job_id=x_id(stage.world.seed, stage.now, f"job:{len(stage.jobs)}"),
        kind=asked["type"],
        created_at=stage.now,
        name=asked.get("name"),
        resumable=bool(asked.get("resumable")),
    )
    stage.jobs.append(job)
    return {"data": _job_object(job, call.address)}


def jobs(stage: Stage, call: Call) -> Json:
    """All jobs of a type; asking does not move them on."""
    check_names(stage, call.params, "type", "status", "compliance_job.fields")
    if "type" not in call.params:
        raise BadRequestError("type", "The `type` query parameter can not be empty")
    kind = one_of(call.params, "type", KINDS)
    listed(call.params, "compliance_job.fields", FIELDS)
    status = one_of(call.params, "status", STATUSES) if "status" in call.params else None
    found = [one for one in stage.jobs if one.kind == kind and status in {None, one.status}]
    answer: Json = {"data": [_job_object(one, call.address) for one in found]} if found else {}
    return answer | {"meta": {"result_count": len(found)}}


def job_by_id(stage: Stage, call: Call) -> Json:
    """One job; after the upload each question moves it on: in_progress, then its end."""
    check_names(stage, call.params, "compliance_job.fields")
    listed(call.params, "compliance_job.fields", FIELDS)
    job = find_job(stage, check_id(call.object_id))
    if job is None:
        return {"errors": [partial_error("compliance_job", "gone", "id", call.object_id, POST)]}
    _move_on(stage, job)
    return {"data": _job_object(job, call.address)}


def find_job(stage: Stage, job_id: str) -> Job | None:
    """A job by id."""
    return next((one for one in stage.jobs if one.job_id == job_id), None)


def upload(stage: Stage, job: Job, body: bytes) -> bool:
    """Take the ids of a job, one a line; False when its time has passed or it has them."""
    if job.ids is not None or stage.now > job.created_at + UPLOAD_FOR:
        return False
    job.ids = tuple(line.strip() for line in body.decode().splitlines() if line.strip())
    return True


def result(stage: Stage, job: Job) -> bytes | None:
    """The JSON lines of a finished job: what must be deleted, and why; None before its end."""
    if job.status != "complete" or stage.now > job.created_at + DOWNLOAD_FOR:
        return None
    actions = (_actions_on_posts if job.kind == "tweets" else _actions_on_users)(stage, job)
    return b"".join(json.dumps(one, separators=(",", ":")).encode() + b"\n" for one in actions)


def _body(call: Call) -> Json:
    try:
        asked: Json = json.loads(call.body)
    except ValueError as error:
        raise BadRequestError("body", "JSON doesn't match expected schema") from error
    known = isinstance(asked, dict) and set(asked) <= {"type", "name", "resumable"}
    if not known or asked.get("type") not in KINDS:
        raise BadRequestError("type", f"$.type: must be one of [{','.join(KINDS)}]")
    if len(str(asked.get("name") or "")) > LONGEST_NAME:
        raise BadRequestError("name", f"$.name: must be at most {LONGEST_NAME} characters long")
    return asked


def _move_on(stage: Stage, job: Job) -> None:
    if job.status in {"complete", "failed", "expired"}:
        return
    if job.ids is None:
        if stage.now > job.created_at + UPLOAD_FOR:
            job.status = "expired"
        return
    job.polls += 1
    if job.polls <= stage.polls_in_progress:
        job.status = "in_progress"
    else:
        broken = any(not ID.fullmatch(one) for one in job.ids)
        job.status = "failed" if broken else stage.jobs_end


def _job_object(job: Job, address: str) -> Json:
    made = {
        "id": job.job_id,
        "type": job.kind,
        "name": job.name,
        "created_at": x_time(job.created_at),
        "status": job.status,
        "resumable": job.resumable,
        "upload_url": f"{address}{PUT_PATH}{job.job_id}",
        "upload_expires_at": x_time(job.created_at + UPLOAD_FOR),
        "download_url": f"{address}{GET_PATH}{job.job_id}",
        "download_expires_at": x_time(job.created_at + DOWNLOAD_FOR),
    }
    return {name: value for name, value in made.items() if value is not None}


def _actions_on_posts(stage: Stage, job: Job) -> Iterator[Json]:
    for platform_id in job.ids or ():
        post = stage.x_post(platform_id)
        action = None if post is None else _action_on(stage, post)
        if action is not None:
            yield {"id": platform_id} | action


def _action_on(stage: Stage, post: Post) -> Json | None:
    made = {"action": "delete", "created_at": x_time(post.created_at)}
    if post.deleted_at is not None and post.deleted_at <= stage.now:
        return made | {"redacted_at": x_time(post.deleted_at), "reason": "deleted"}
    spell = stage.spell_of(post.author.platform_id)
    if spell is None:
        return None
    told = {"redacted_at": x_time(spell.since)} if spell.state == "suspended" else {}
    return made | told | {"reason": spell.state}


def _actions_on_users(stage: Stage, job: Job) -> Iterator[Json]:
    for account_id in job.ids or ():
        spell = stage.spell_of(account_id)
        if spell is not None:
            yield {
                "id": account_id,
                "action": "delete",
                "created_at": x_time(spell.since),
                "reason": spell.state,
            }
