"""Posts of accounts that asked not to be collected do not get past the door."""

from datetime import UTC, datetime

import pytest

from crawlers.parsers.items import ParsedPage, PostItem
from crawlers.refusals import without_opted_out


def post(number: str, account: str | None, repeats: str | None = None, platform="x") -> PostItem:
    return PostItem(
        platform=platform,
        platform_id=number,
        kind="repost" if repeats else "post",
        created_at=datetime(2024, 9, 16, tzinfo=UTC),
        text="un texte",
        account_id=account,
        reposted_platform_id=repeats,
    )


def refuses(platform: str, account: str | None) -> bool:
    return (platform, account) == ("x", "9001")


@pytest.mark.parametrize(
    ("posts", "kept"),
    [
        ([post("1", "9002")], ["1"]),
        ([post("1", "9001")], []),
        ([post("1", None)], ["1"]),
        ([post("1", "9001", platform="facebook")], ["1"]),
        ([post("1", "9001"), post("2", "9002", repeats="1")], []),
        ([post("1", "9001"), post("2", "9002", repeats="3")], ["2"]),
        ([post("2", "9001", repeats="1"), post("1", "9002")], ["1"]),
    ],
)
def test_its_posts_and_reposts_of_them_are_left_out(posts, kept):
    page, dropped = without_opted_out(ParsedPage(posts=tuple(posts), next_token="n"), refuses)
    assert [item.platform_id for item in page.posts] == kept
    assert dropped == len(posts) - len(kept)
    assert page.next_token == "n"
