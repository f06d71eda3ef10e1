"""The daily count mail to the operator: counts, gaps, spend, and what needs a person.

Plain text, French first. It holds counts and names of queries and pages; no handle, no text.
"""

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Final

from sqlmodel import Session, col, select

from config.settings import Settings
from models import CoverageGap, JobWatermark, OperationsAlert
from models.database import read_session
from pipelines.deployment import Deployment
from pipelines.notify import SENDER
from pipelines.operations.alerts import standing_alerts
from pipelines.operations.counts import DayCount, day_counts
from pipelines.operations.facts import (
    MoneyFacts,
    OperationsFacts,
    SourceFacts,
    gather,
    money_of,
)
from pipelines.operations.posting import post_mail
from pipelines.operations.words import LANGUAGES, WORDS
from pipelines.outputs import publish_one

OPERATOR: Final = "operator"
DAY: Final = timedelta(days=1)
RULE: Final = "-" * 60


@dataclass(frozen=True)
class DailyFacts:
    """All that one daily mail tells."""

    day: date
    counts: tuple[DayCount, ...]
    operations: OperationsFacts
    money: MoneyFacts  # of the day told, where `operations` are of now
    alerts: tuple[OperationsAlert, ...]
    failed_jobs: tuple[tuple[str, str], ...]


def daily_facts(deployment: Deployment, day: date, *, now: datetime) -> DailyFacts:
    """The facts of a day, as they are known now."""
    with read_session(deployment.engine) as session:
        operations = gather(session, deployment.settings, deployment.watchlist, now)
        return DailyFacts(
            day=day,
            counts=tuple(day_counts(session, day)),
            operations=operations,
            money=money_of(session, deployment.settings, day),
            alerts=tuple(standing_alerts(session, operations)),
            failed_jobs=_failed_jobs(session),
        )


def daily_text(facts: DailyFacts, languages: Sequence[str] = LANGUAGES) -> str:
    """The mail's text, one language after the other."""
    return f"\n{RULE}\n\n".join("\n".join(_lines(facts, lang)) + "\n" for lang in languages)


def send_daily_mail(deployment: Deployment, day: date, *, now: datetime) -> Path:
    """Write the mail of a day into the mailbox folder, and send it where that is set up."""
    text = daily_text(daily_facts(deployment, day, now=now))
    subject = WORDS[LANGUAGES[0]]["subject"].format(day=f"{day:%Y-%m-%d}")
    moment = datetime.combine(day, time(), UTC) + DAY
    return _send(deployment.settings, f"operator-{day:%Y-%m-%d}", subject, text, moment)


def send_trouble_mail(
    settings: Settings, raised: Sequence[OperationsAlert], *, now: datetime
) -> Path:
    """Tell the operator at once what is new; the daily mail repeats what goes on."""
    parts = []
    for lang in LANGUAGES:
        lines = [WORDS[lang]["trouble_title"], "", *(_alert(one, lang) for one in raised)]
        parts.append("\n".join(lines) + "\n")
    subject = WORDS[LANGUAGES[0]]["trouble_subject"].format(count=len(raised))
    text = f"\n{RULE}\n\n".join(parts)
    return _send(settings, f"operator-alert-{now:%Y-%m-%dT%H%M}", subject, text, now)


def mail_bytes(settings: Settings, subject: str, text: str, moment: datetime) -> bytes:
    """The message as an e-mail; the same facts give the same bytes."""
    message = EmailMessage(policy=SMTP)
    message["From"] = settings.mail_from or SENDER
    message["To"] = settings.operator_mail or f"{OPERATOR}: ;"
    message["Subject"] = subject
    message["Date"] = format_datetime(moment)
    message["Message-ID"] = f"<{hashlib.sha256(text.encode()).hexdigest()[:24]}@vigie.invalid>"
    message.set_content(text, cte="8bit")
    return message.as_bytes()


def _send(settings: Settings, name: str, subject: str, text: str, moment: datetime) -> Path:
    content = mail_bytes(settings, subject, text, moment)
    path = settings.mailbox_dir / f"{name}.eml"
    path.parent.mkdir(parents=True, exist_ok=True)
    known = path.exists() and path.read_bytes() == content
    if not known:
        # Sent first: a mail that could not be sent is tried again, one that was is not.
        post_mail(settings, content)
        publish_one(path, content)
    return path


def _lines(facts: DailyFacts, lang: str) -> Iterator[str]:
    words = WORDS[lang]
    yield words["title"].format(day=f"{facts.day:%Y-%m-%d}")
    yield from _section(words["person"], [_alert(one, lang) for one in facts.alerts],
                        words["person_none"])  # fmt: skip
    head = [words["counts_head"]] if facts.counts else []
    counted = [*head, *(_count(one, words) for one in facts.counts if not one.is_quiet)]
    if quiet := sum(one.is_quiet for one in facts.counts):
        counted.append(words["quiet"].format(count=quiet))
    yield from _section(words["counts"], counted, words["nothing"])
    gaps = [_gap(gap, words) for gap in facts.operations.gaps]
    yield from _section(words["gaps"], gaps, words["nothing"])
    yield from _section(words["money"], _money(facts, words), words["nothing"])
    yield from _section(words["quarantine"], [_quarantine(facts.operations, words)], "")
    yield from _section(words["comments"], [_comments(facts.operations, words)], "")
    runs = [_run(source, words) for source in facts.operations.sources]
    yield from _section(words["runs"], runs, words["nothing"])
    failed = [f"{job}: {detail}" for job, detail in facts.failed_jobs]
    yield from _section(words["errors"], failed, words["nothing"])


def _section(title: str, lines: Sequence[str], empty: str) -> Iterator[str]:
    yield ""
    yield title
    yield from (f"  {line}" for line in lines or [empty])


def _alert(alert: OperationsAlert, lang: str) -> str:
    words = WORDS[lang]
    since = words["since"].format(since=f"{alert.since:%Y-%m-%d %H:%M}")
    return f"{words[alert.kind]}, {alert.subject} ({since}): {alert.detail}"


def _count(count: DayCount, words: Mapping[str, str]) -> str:
    partial = count.share is not None and count.share < 1
    # Rounded down: what misses a second is not 100 %.
    percent = f"{math.floor(1000 * (count.share or 0)) / 10:g}"
    return words["count"].format(
        name=f"{count.source}/{count.query_id}",
        posts=count.posts,
        comments=count.comments,
        seven=_shown(count.median_7),
        twenty_eight=_shown(count.median_28),
        share=words["share"].format(percent=percent) if partial else "",
    )


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


def _gap(gap: CoverageGap, words: Mapping[str, str]) -> str:
    return words["gap_open" if gap.final is None else "gap_final"].format(
        name=f"{gap.source}/{gap.query_id}",
        start=f"{gap.window_start:%Y-%m-%d %H:%M}",
        end=f"{gap.window_end:%Y-%m-%d %H:%M}",
        reason=gap.final or gap.reason,
        tries=gap.tries,
    )


def _money(facts: DailyFacts, words: Mapping[str, str]) -> list[str]:
    money = facts.money
    limits = [
        words["no_limit"] if limit is None else f"{limit:.2f}"
        for limit in (money.daily_limit, money.monthly_limit)
    ]
    lines = [
        words["money_day"].format(spent=f"{money.spent.day_usd:.2f}", limit=limits[0]),
        words["money_month"].format(
            spent=f"{money.spent.month_usd:.2f}",
            limit=limits[1],
            posts=money.spent.month_posts,
            cap=money.posts_limit,
        ),
    ]
    if money.platform_posts is not None and money.platform_day is not None:
        until = f"{money.platform_day:%Y-%m-%d}"
        lines.append(words["money_x"].format(posts=money.platform_posts, until=until))
    return lines


def _quarantine(facts: OperationsFacts, words: Mapping[str, str]) -> str:
    return words["quarantined"].format(today=facts.quarantined_today, all=facts.quarantined)


def _comments(facts: OperationsFacts, words: Mapping[str, str]) -> str:
    hidden, authors = facts.comments_hidden, facts.authors_known
    line = words["comments_line"].format(
        held=facts.comments_collected,
        claimed=facts.comments_claimed,
        unknown=facts.comments_unknown,
        authors=words["not_told"] if authors is None else authors,
        hidden=words["not_told"] if hidden is None else hidden,
        ranked=facts.threads_ranked,
    )
    unnoted = facts.threads_unnoted
    return line + (words["comments_unnoted"].format(count=unnoted) if unnoted else "")


def _run(source: SourceFacts, words: Mapping[str, str]) -> str:
    success = source.last_success
    return words["run"].format(
        source=source.source,
        status=words.get(f"status_{source.last_status}", source.last_status or words["unknown"]),
        reason=f" ({source.last_reason})" if source.last_reason else "",
        success=words["never"] if success is None else f"{success:%Y-%m-%d %H:%M}",
    )


def _failed_jobs(session: Session) -> tuple[tuple[str, str], ...]:
    rows = session.exec(
        select(JobWatermark)
        .where(col(JobWatermark.status) == "failed")
        .order_by(col(JobWatermark.job_id))
    )
    return tuple((row.job_id, row.detail) for row in rows)
