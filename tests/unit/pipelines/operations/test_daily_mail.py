"""The daily counts: posts against the days before, gaps, money; plain text, nobody named."""

import socket
import threading
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from sqlmodel import select

from config.errors import ConfigError, SourceError
from config.glossary import load_glossary
from config.settings import Settings
from models import JobWatermark, OperationsAlert, Spend
from models.database import read_session
from pipelines.operations.alerts import alert_rows
from pipelines.operations.counts import day_counts
from pipelines.operations.daily_mail import daily_facts, daily_text, send_daily_mail
from pipelines.operations.posting import post_mail
from pipelines.operations.watch import watch
from pipelines.operations.words import WORDS

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
TODAY = date(2024, 9, 22)
NOON = datetime.combine(TODAY, time(12), UTC)


@pytest.fixture
def counted(deployment):
    def read(day=TODAY):
        with read_session(deployment.engine) as session:
            return day_counts(session, day)

    return read


def midnight(back=0):
    return datetime.combine(TODAY - timedelta(days=back), time(), UTC)


def test_a_day_is_held_against_the_median_of_the_days_before(counted, cover, post):
    cover(midnight(29), midnight(-1))
    for back in range(29):
        for number in range(10 if back > 7 else back):
            post(f"p{back}-{number}", NOON - timedelta(days=back))
    post("reply", NOON, kind="reply")

    (count,) = counted()
    assert (count.posts, count.comments, count.share) == (0, 1, 1)
    assert (count.median_7, count.median_28) == (4, 10)


def test_days_that_were_not_wholly_received_are_not_compared_with(counted, cover, post):
    cover(midnight(2), midnight(-1))
    for back in (1, 2, 3):
        for number in range(back * 5):
            post(f"p{back}-{number}", NOON - timedelta(days=back))

    (count,) = counted()
    assert (count.median_7, count.median_28) == (7.5, 7.5)


def test_a_day_without_any_whole_day_before_has_no_median(counted, cover, post):
    cover(midnight(), midnight() + DAY / 2)
    post("p", NOON - timedelta(hours=2))

    (count,) = counted()
    assert (count.posts, count.share, count.median_7, count.median_28) == (1, 0.5, None, None)


def test_a_post_that_live_and_archive_search_found_counts_once(counted, cover, post):
    cover(midnight(), midnight(-1))
    post("p", NOON)
    post("p", NOON, source="x_archive")

    (count,) = counted()
    assert (count.source, count.posts) == ("x_search", 1)


def test_the_parts_of_a_query_are_one_line_and_a_day_needs_all_of_them(counted, cover, post):
    cover(midnight(), midnight(-1), query="aid.1")
    cover(midnight(), midnight() + DAY / 4, query="aid.2")
    cover(midnight(9), midnight(5), query="aid.7")
    for part in (1, 2):
        post("p", NOON, query=f"aid.{part}")

    (count,) = counted()
    assert (count.query_id, count.posts, count.share) == ("aid", 1, 0.25)


def test_a_day_received_half_in_parts_and_half_as_a_whole_is_a_whole_day(counted, cover):
    for part in (1, 2):
        cover(midnight(), midnight() + DAY / 2, query=f"aid.{part}")
    cover(midnight() + DAY / 2, midnight(-1), query="aid", source="x_archive")

    (count,) = counted()
    assert (count.query_id, count.share) == ("aid", 1)


def test_the_mail_tells_everything_in_french_then_in_english(
    deployment, cover, post, run, save, now
):
    cover(midnight(1), midnight() + DAY / 2)
    post("p", NOON - timedelta(hours=2))
    run(status="failed", reason="credits_depleted: X answered 402; add credits")
    save(
        Spend(source="x_search", day=f"{TODAY:%Y-%m-%d}", endpoint="e", posts=40, usd=1.25),
        JobWatermark(job_id="classify", status="failed", detail="the store is busy"),
    )
    text = daily_text(daily_facts(deployment, TODAY, now=now))
    french, english = text.split("-" * 60)

    assert french.startswith("Collecte du 2024-09-22\n")
    assert "x_search/aid : 1 + 0 ; médianes 0 et 0 ; jour reçu à 50 %" in french
    assert "source arrêtée, x_search (depuis le" in french
    assert "x_search : échoué (credits_depleted: X answered 402" in french
    assert "jour : 1.25 USD sur aucune limite" in french
    assert english.strip().startswith("Collection of 2024-09-22\n")
    assert "x_search/aid: 1 + 0; medians 0 and 0; 50 % of the day received" in english
    assert "classify: the store is busy" in english
    assert "personne ne doit lire" not in text


def test_the_spend_told_is_that_of_the_day_told_and_of_its_month(deployment, save):
    last_day, later = date(2024, 9, 30), datetime(2024, 10, 1, 4, 30, tzinfo=UTC)
    save(
        Spend(source="x_search", day="2024-09-29", endpoint="e", posts=10, usd=1.0),
        Spend(source="x_search", day="2024-09-30", endpoint="e", posts=20, usd=2.5),
        Spend(source="x_search", day="2024-10-01", endpoint="e", posts=40, usd=0.25),
    )
    text = daily_text(daily_facts(deployment, last_day, now=later), ("en",))

    assert "day: 2.50 USD" in text
    assert "month: 3.50 USD of no limit; 30 posts read" in text


def test_what_the_scheduler_has_met_before_keeps_its_beginning_and_what_is_over_is_left_out(
    deployment, run, save, now
):
    run(status="failed", reason="credits_depleted: X answered 402; add credits")
    for kind, subject in (("source_stopped", "x_search"), ("disk", "home")):
        save(OperationsAlert(kind=kind, subject=subject, since=now - 3 * DAY, seen_at=now - DAY))

    assert alert_rows(deployment, now=now) == [
        {
            "kind": "source_stopped",
            "subject": "x_search",
            "since": (now - 3 * DAY).isoformat(),
            "detail": "credits_depleted: X answered 402; add credits",
        }
    ]


def test_quiet_pages_are_counted_in_one_line_and_counting_sources_left_out(
    deployment, cover, post, now
):
    for name in ("a", "b", "c"):
        cover(midnight(8), midnight(-1), source="facebook_pages", query=name)
    cover(midnight(8), midnight(-1), source="x_counts")
    post("p", NOON, source="facebook_pages", query="c")
    text = daily_text(daily_facts(deployment, TODAY, now=now), ("en",))

    assert "facebook_pages/c: 1 + 0; medians 0 and 0" in text
    assert "2 others: nothing, as on most days" in text
    assert "facebook_pages/a" not in text
    assert "x_counts/" not in text


def test_the_mail_of_an_empty_store_says_so(deployment, now):
    text = daily_text(daily_facts(deployment, TODAY, now=now))

    assert "Rien ne demande votre intervention." in text
    assert "Nothing needs you." in text


def test_both_languages_have_the_same_words_and_none_that_is_forbidden():
    glossary = load_glossary()

    assert WORDS["fr"].keys() == WORDS["en"].keys()
    for lang in WORDS:
        assert glossary.violations(" ".join(WORDS[lang].values()), lang) == []


def test_the_mail_lies_in_the_mailbox_folder_and_is_the_same_when_made_again(deployment, now):
    path = send_daily_mail(deployment, TODAY, now=now)
    before = path.read_bytes()
    message = message_from_bytes(before, policy=default)

    assert path.name == "operator-2024-09-22.eml"
    assert message["Subject"] == "Vigie : collecte du 2024-09-22"
    assert send_daily_mail(deployment, TODAY, now=now).read_bytes() == before


class MailServer:
    """A mail server for one message, in a thread."""

    def __init__(self, refuse: bool = False) -> None:
        self._refuse = refuse
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"smtp://127.0.0.1:{self._listener.getsockname()[1]}"
        self.received = b""
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._listener.close()
        self._thread.join(10)

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 here\r\n")
            for line in lines:
                if line.upper().startswith(b"QUIT"):
                    connection.sendall(b"221 bye\r\n")
                    return
                if line.upper().startswith(b"RCPT") and self._refuse:
                    connection.sendall(b"550 no such box\r\n")
                elif line.upper().startswith(b"DATA"):
                    connection.sendall(b"354 go on\r\n")
                    for text in iter(lines.readline, b".\r\n"):
                        self.received += text
                    connection.sendall(b"250 taken\r\n")
                else:
                    connection.sendall(b"250 fine\r\n")


def settings_with(deployment, url):
    return deployment.settings.model_copy(
        update={
            "operator_mail": "operator@vigie.invalid",
            "smtp_url": Settings(smtp_url=url).smtp_url,
        }
    )


def test_a_mail_goes_to_the_operator_where_a_server_is_set(deployment, now):
    with MailServer() as server:
        other = type(deployment)(settings_with(deployment, server.url), deployment.engine)
        send_daily_mail(other, TODAY, now=now)
        # Its file stands for having been sent: it is not sent again.
        send_daily_mail(other, TODAY, now=now)

    message = message_from_bytes(server.received, policy=default)
    assert message["To"] == "operator@vigie.invalid"
    assert "Collecte du 2024-09-22" in message.get_content()


def test_a_mail_that_is_not_taken_leaves_no_file_so_that_it_is_tried_again(deployment, now):
    with MailServer(refuse=True) as server:
        other = type(deployment)(settings_with(deployment, server.url), deployment.engine)
        with pytest.raises(SourceError, match="did not take the operator's mail"):
            send_daily_mail(other, TODAY, now=now)

    assert list(deployment.settings.mailbox_dir.glob("*.eml")) == []


def test_a_trouble_is_kept_while_no_mail_goes_out_and_mailed_when_one_does(deployment, run, now):
    run(status="failed", reason="credits_depleted: X answered 402; add credits")
    with MailServer(refuse=True) as server:
        other = type(deployment)(settings_with(deployment, server.url), deployment.engine)
        with pytest.raises(SourceError, match="did not take the operator's mail"):
            watch(other, now=now)

    assert alerts_of(deployment) == [("source_stopped", now, None)]

    with MailServer() as server:
        other = type(deployment)(settings_with(deployment, server.url), deployment.engine)
        # Told once: the server takes one message only.
        for later in (HOUR, 2 * HOUR):
            assert watch(other, now=now + later) == "0 new, 0 over, 1 going on"

    assert "credits_depleted" in message_from_bytes(server.received, policy=default).get_content()
    assert alerts_of(deployment) == [("source_stopped", now, now + HOUR)]


def alerts_of(deployment):
    with read_session(deployment.engine) as session:
        rows = session.exec(select(OperationsAlert)).all()
        return [(row.kind, row.since, row.mailed_at) for row in rows]


def test_without_a_server_nothing_is_sent(deployment):
    assert post_mail(deployment.settings, b"") is False


def test_a_wrong_address_of_a_server_is_named_without_its_password(deployment):
    with pytest.raises(ConfigError, match="VIGIE_SMTP_URL is no address") as caught:
        post_mail(settings_with(deployment, "mail://user:secret@host"), b"")

    assert "secret" not in str(caught.value)
