"""Which posts are corrected after they were published, and how they read before."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from crawlers.sandbox.chance import chance
from crawlers.sandbox.plan import Planned
from crawlers.sandbox.timetable import FIRST_MONDAY

EDITED: Final = 4  # on each platform
# Half of them are corrected across 06:00 on a Monday, when a weekly crawl meets both wordings.
ACROSS_A_CRAWL: Final = 2
EARLY: Final = timedelta(hours=5, minutes=40)
_WORD: Final = re.compile(r"[^\W\d_]{5,}")
_NOT_WORDS: Final = re.compile(r"https?://\S+|\{[^}]*\}|[#@]\w+")


def choose_edits(
    seed: int, planned: Sequence[Planned]
) -> tuple[list[Planned], dict[int, timedelta]]:
    """The plan with some postings moved to a Monday at 05:40, and edit delays by position."""
    moved = list(planned)
    delays: dict[int, timedelta] = {}
    for platform in ("facebook", "x"):
        rng = chance(seed, "edits", platform)
        places = [place for place, one in enumerate(planned) if _may_change(one, platform)]
        for number, place in enumerate(rng.sample(places, k=EDITED)):
            delays[place] = timedelta(seconds=rng.randrange(300, 3000))
            if number < ACROSS_A_CRAWL:
                moved[place] = replace(planned[place], moment=_early(planned[place].moment))
                delays[place] = timedelta(minutes=45)
    return moved, delays


def misspelt(text: str, names: Sequence[str] = ()) -> str:
    """The text with two letters of its longest word, but no name, in the wrong order."""
    bare = _NOT_WORDS.sub(" ", text)
    for name in names:
        bare = bare.replace(name, " ")
    words = _WORD.findall(bare)
    word = max(words, key=len)
    return text.replace(word, word[:2] + word[3] + word[2] + word[4:], 1)


def _may_change(one: Planned, platform: str) -> bool:
    late_enough = one.moment >= FIRST_MONDAY + timedelta(weeks=1)
    return one.platform == platform and one.written.element == "ordinary" and late_enough


def _early(moment: datetime) -> datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=moment.weekday()) + EARLY
