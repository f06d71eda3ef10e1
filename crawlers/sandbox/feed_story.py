"""What the feed of one invented local media site tells, and when."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import yaml

from crawlers.sandbox.chance import chance
from crawlers.sandbox.elements import Edit, FeedItem
from crawlers.sandbox.filling import address
from crawlers.sandbox.timetable import business_moment

WRITTEN: Final = Path(__file__).parent / "feed.yaml"


def read_feed() -> Mapping[str, Any]:
    """The site and its items as written."""
    content: Mapping[str, Any] = yaml.safe_load(WRITTEN.read_text(encoding="utf-8"))
    return content


def feed_items(seed: int) -> list[FeedItem]:
    """The items of the site in order of time."""
    rng = chance(seed, "feed")
    made = []
    for number, written in enumerate(read_feed()["items"], start=1):
        published = business_moment(rng, written["week"]).replace(microsecond=0)
        corrected = written.get("corrected")
        correction = published + timedelta(hours=rng.randrange(2, 30))
        made.append(
            FeedItem(
                item_id=f"rpd-{published:%Y%m%d}-{number:03d}",
                title=written["title"],
                link=address("radio-paroles", written["title"]),
                summary=corrected or written["summary"],
                published=published,
                edit=Edit(correction, written["summary"]) if corrected else None,
                about_aid=written["aid"],
            )
        )
    return sorted(made, key=lambda one: one.published)
