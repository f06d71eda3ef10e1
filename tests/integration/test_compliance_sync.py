"""Deletions on the platform, followed through to the store, over real HTTP."""

import json
from datetime import timedelta
from pathlib import Path

from sqlmodel import select
from typer.testing import CliRunner

import cli
from config.keyring import Keyring
from crawlers.sandbox.testing import Sandbox
from crawlers.sandbox.world import build_world
from crawling import Deployment
from models import ComplianceJob, Payload, PlatformId, Post
from models.database import open_session


def test_what_x_deleted_is_gone_here_after_a_sync(tmp_path: Path, monkeypatch):
    world = build_world(7, 12)
    with Sandbox(world=world) as sandbox:
        deployment = Deployment(tmp_path / "home", sandbox).init()
        sandbox.set_clock(world.start + timedelta(days=6))
        assert deployment.crawl("x_search").status == "done"
        sandbox.set_clock(world.start + timedelta(days=14))
        for name, value in deployment.env.items():
            monkeypatch.setenv(name, value)
        done = CliRunner().invoke(cli.app, ["compliance", "sync", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    keyring = Keyring(deployment.settings.keys_dir)
    deleted = {
        keyring.post_id("x", post.platform_id)
        for post in (*world.x_posts, *world.x_echoes)
        if post.deleted_at and post.deleted_at <= world.start + timedelta(days=14)
    }
    posts = {post.id: post for post in deployment.rows(Post)}
    gone = {post_id for post_id in deleted if post_id in posts}
    assert gone
    assert told["asked"]["status"] == "done"
    assert told["posts"] == told["reasons"]["deleted"] == told["told"]["deleted"] == len(gone)
    assert {(posts[post_id].text, posts[post_id].text_removed) for post_id in gone} == {
        ("", "deleted")
    }
    assert not gone & {row.post_id for row in deployment.rows(PlatformId)}
    assert [job.status for job in deployment.rows(ComplianceJob)] == ["applied"]
    # The answer that named them is kept as a hash only.
    with deployment.engine() as engine, open_session(engine) as session:
        answers = select(Payload.ciphertext).where(Payload.endpoint == "compliance result")
        assert set(session.exec(answers)) == {None}


def test_a_store_without_posts_of_x_asks_nobody(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("VIGIE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("VIGIE_X_BEARER_TOKEN", raising=False)
    assert CliRunner().invoke(cli.app, ["init"]).exit_code == 0
    done = CliRunner().invoke(cli.app, ["compliance", "sync", "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["asked"] is None
