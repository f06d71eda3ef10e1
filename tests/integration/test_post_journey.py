"""One post's whole way: from the payload it came in to the report, and back through a trace."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

import cli
from config.keyring import Keyring
from config.settings import Settings
from models import Payload
from models.database import make_engine, migrate, read_session
from pipelines import stages
from pipelines.deployment import Deployment

WEEK = "2024-W37"
NOW = datetime(2024, 9, 16, 6, tzinfo=UTC)
TEXT = (
    "Ces ONG à Mopti disent aider mais elles espionnent nos villages pour des étrangers, "
    "qu'on les chasse toutes du Mali"
)
PAYLOAD = {
    "data": [
        {
            "id": "1834000000000000001",
            "text": TEXT,
            "created_at": "2024-09-11T10:00:00.000Z",
            "author_id": "77",
            "conversation_id": "1834000000000000001",
            "lang": "fr",
            "public_metrics": {"like_count": 3, "reply_count": 0, "repost_count": 1},
        }
    ],
    "includes": {"users": [{"id": "77", "username": "sira_kolibara9", "name": "Sira Kolibara"}]},
    "meta": {"result_count": 1, "newest_id": "1834000000000000001"},
}


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    settings = Settings(home=tmp_path / "home", database_url=None, now=NOW)
    migrate(make_engine(settings.store_url))
    Keyring(settings.keys_dir).ensure(["2024Q3"])
    return Deployment.open(settings)


# torch and its quantised kernels may warn on first use on some processors.
@pytest.mark.filterwarnings("ignore::UserWarning:torch")
def test_a_post_goes_from_payload_to_report_and_back(deployment: Deployment, tmp_path: Path):
    from crawlers.importers.run import import_files

    body = json.dumps(PAYLOAD).encode()
    source = tmp_path / "response.json"
    source.write_bytes(body)
    (imported,) = import_files(
        [str(source)],
        engine=deployment.engine,
        keyring=deployment.keyring,
        watchlist=deployment.watchlist,
        now=NOW,
    )
    assert (imported.format, imported.records, imported.posts_new) == ("x_v2_response", 1, 1)

    stages.classify(deployment, now=NOW)
    stages.build_week(deployment, WEEK, now=NOW)
    stages.detect_coordination(deployment, WEEK, now=NOW)
    written = stages.write_weekly_report(
        deployment, WEEK, out=tmp_path / "reports", now=NOW, languages=["fr"], formats=["html"]
    )

    post_id = deployment.keyring.post_id("x", "1834000000000000001")
    page = next(path for path in written if path.suffix == ".html")
    traced = CliRunner().invoke(
        cli.app, ["trace", "W37.posts.items", "--report", str(page), "--json"]
    )
    assert traced.exit_code == 0, traced.output
    items = {item["post_id"]: item for item in json.loads(traced.stdout)["items"]}
    assert post_id in items
    assert items[post_id]["payloads"] == [hashlib.sha256(body).hexdigest()]
    with read_session(deployment.engine) as session:
        payload = session.get(Payload, 1)
        assert deployment.keyring.decrypt_payload(payload.ciphertext) == body
    assert "kolibara" not in page.read_text(encoding="utf-8").casefold()
    deployment.engine.dispose()
