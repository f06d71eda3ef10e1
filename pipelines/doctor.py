"""What is set up, what is missing, and how far the work has come."""

import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from classifiers.registry import checkpoint_folder
from config.alert_rules import load_alert_rules
from config.codebook import load_codebook
from config.errors import VigieError
from config.inbox import INBOX_SOURCE, file_key
from config.settings import Settings
from config.watchlist import Watchlist, load_watchlist
from models import Alert, Coverage, CrawlRun, JobWatermark, Post, Prediction, Quarantine
from models.database import make_engine, read_session, require_current_schema
from models.watchlist_version import refuse_unannounced
from pipelines.operations.facts import gather
from pipelines.operations.findings import Finding, Level, collection_findings
from pipelines.operations.heartbeat import pulse

SECRET_MODE = 0o077


def examine(settings: Settings) -> list[Finding]:
    """Every finding, configuration first, then the store."""
    findings = [
        _loads(
            "watchlist", lambda: load_watchlist(settings.watchlist, x_tier=settings.x_tier).version
        ),
        _loads("codebook", lambda: load_codebook(settings.codebook).version),
        _loads("alert rules", lambda: f"{len(load_alert_rules(settings.alert_rules))} rules"),
        _loads("classifier", lambda: checkpoint_folder(settings.classifier)[1]),
        *_pages_and_tokens(settings),
        _keys(settings),
    ]
    findings.append(_heartbeat(settings))
    engine = make_engine(settings.store_url)
    store = _loads("store", lambda: _checked(engine))
    findings.append(store)
    if store.level == "ok":
        with read_session(engine) as session:
            if findings[0].level == "ok":
                findings.append(_loads("queries", lambda: _wording(session, settings)))
            findings += _store_findings(session, settings)
    engine.dispose()
    return findings


def _loads(subject: str, load: Callable[[], str]) -> Finding:
    try:
        return Finding("ok", subject, load())
    except VigieError as error:
        return Finding("error", subject, str(error))


def _wording(session: Session, settings: Settings) -> str:
    """How many queries are asked; ConfigError when one changed without saying so."""
    watchlist = load_watchlist(settings.watchlist, x_tier=settings.x_tier)
    refuse_unannounced(session, watchlist, settings.watchlist)
    return f"{len(watchlist.x_queries)} for X, asked in {len(watchlist.x_parts())} parts"


def _checked(engine: Engine) -> str:
    require_current_schema(engine)
    return engine.url.render_as_string(hide_password=True)


def _pages_and_tokens(settings: Settings) -> Iterator[Finding]:
    tokens: dict[str, Any] = {
        "VIGIE_X_BEARER_TOKEN": settings.x_bearer_token,
        "VIGIE_FACEBOOK_TOKEN": settings.facebook_token,
    }
    for name, token in tokens.items():
        if token:
            yield Finding("ok", "token", f"{name} is set")
        else:
            yield Finding("warning", "token", f"{name} is not set; that source cannot be crawled")


def _keys(settings: Settings) -> Finding:
    keys = sorted(settings.keys_dir.glob("*.key"))
    if not keys:
        return Finding("error", "keys", f"none in {settings.keys_dir}; run `vigie init`")
    open_keys = [key.name for key in keys if stat.S_IMODE(key.stat().st_mode) & SECRET_MODE]
    if open_keys:
        return Finding("error", "keys", f"others can read {', '.join(open_keys)}; chmod 600 them")
    return Finding("ok", "keys", f"{len(keys)} in {settings.keys_dir}")


def _heartbeat(settings: Settings) -> Finding:
    found = pulse(settings.home, settings.clock())
    return Finding("ok" if found.alive else "warning", "scheduler", found.message)


def _store_findings(session: Session, settings: Settings) -> Iterator[Finding]:
    yield _labels(session, settings.classifier)
    yield _quarantine(session)
    yield from _inbox_findings(session, settings)
    yield from _coverage_findings(session)
    yield from collection_findings(
        gather(session, settings, _watchlist(settings), settings.clock())
    )
    waiting = session.exec(
        select(func.count()).select_from(Alert).where(Alert.status == "proposed")
    ).one()
    yield _counted("alerts", waiting, "wait for a person's decision")
    for job in session.exec(select(JobWatermark).order_by(JobWatermark.job_id)):
        level: Level = "error" if job.status == "failed" else "ok"
        later = f" until {job.not_before:%Y-%m-%d %H:%M}Z" if job.not_before else ""
        yield Finding(level, "job", f"{job.job_id}: {job.status}{later} {job.detail}".strip())


def _watchlist(settings: Settings) -> Watchlist | None:
    # What is wrong with it has its own finding.
    with suppress(VigieError):
        return load_watchlist(settings.watchlist, x_tier=settings.x_tier)
    return None


def _inbox_findings(session: Session, settings: Settings) -> Iterator[Finding]:
    """Files that lie in the watched folder and could not be read."""
    if settings.inbox is None:
        return
    if not settings.inbox.is_dir():
        yield Finding("error", "inbox", f"{settings.inbox} is not there; make it")
        return
    runs = session.exec(
        select(CrawlRun).where(CrawlRun.source == INBOX_SOURCE).order_by(col(CrawlRun.id))
    )
    newest = {run.stats["file"]: run for run in runs}
    names = sorted(
        path.relative_to(settings.inbox).as_posix()
        for path in settings.inbox.rglob("*")
        if path.is_file()
    )
    for name in names:
        run = newest.get(file_key(name))
        if run is not None and run.status == "failed":
            yield Finding("warning", "inbox", f"{name}: {run.reason}")


def _counted(subject: str, number: int, what: str) -> Finding:
    return Finding("warning" if number else "ok", subject, f"{number} {what}")


def _quarantine(session: Session) -> Finding:
    number = func.count()
    by_reason = session.exec(
        select(Quarantine.reason, number)
        .group_by(Quarantine.reason)
        .order_by(number.desc(), Quarantine.reason)
    ).all()
    shown = ", ".join(f"{reason} {times}" for reason, times in by_reason)
    told = f"records could not be read{f' ({shown})' if shown else ''}"
    return _counted("quarantine", sum(times for _, times in by_reason), told)


def _labels(session: Session, classifier: str) -> Finding:
    """Posts without a label; a repost has that of the post it repeats."""
    posts = session.exec(
        select(func.count())
        .select_from(Post)
        .where(col(Post.kind) != "repost", col(Post.text_removed).is_(None))
    ).one()
    labelled = session.exec(
        select(func.count())
        .select_from(Prediction)
        .join(Post, col(Post.id) == col(Prediction.post_id))
        .where(Prediction.classifier == classifier, col(Post.text_removed).is_(None))
    ).one()
    if labelled < posts:
        missing = f"{posts - labelled} of {posts} posts have no label; run `vigie classify`"
        return Finding("warning", "labels", missing)
    return Finding("ok", "labels", f"{posts} posts, all labelled by {classifier}")


def _coverage_findings(session: Session) -> Iterator[Finding]:
    rows = session.exec(
        select(Coverage.source, func.max(col(Coverage.window_end)))
        .where(Coverage.status == "complete")
        .group_by(Coverage.source)
        .order_by(Coverage.source)
    ).all()
    if not rows:
        yield Finding("warning", "coverage", "nothing has been collected yet")
    for source, until in rows:
        yield Finding("ok", "coverage", f"{source}: complete windows up to {until}")
