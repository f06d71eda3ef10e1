"""When each written text is posted and by whom: the story before it becomes posts."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Final

from crawlers.sandbox.chance import chance, dealt, thinned
from crawlers.sandbox.texts import WrittenPost
from crawlers.sandbox.timetable import (
    STORY_WEEKS,
    Span,
    any_moment,
    business_moment,
    season_of,
)

ATTACK_WEEK: Final = 3  # 2024-W30
BREAKING_WEEK: Final = 5  # 2024-W32
RUMOUR_WEEK: Final = 7  # 2024-W34
CAMPAIGN_WEEKS: Final = (9, 10)  # 2024-W36, W37
NETWORK_WEEKS: Final = (8, 8, 9, 9, 10, 10, 10, 11, 11)  # 2024-W35 to W38
DROPPED_FACEBOOK: Final = 0.08
DROPPED_X: Final = 0.15
SPREAD: Final = (
    "ordinary",
    "homonym",
    "policy",
    "funding_cut",
    "distrust_drip",
    "ordinary_vaccination",
)


@dataclass(frozen=True)
class Planned:
    """One posting: which text, when, by which kind of voice.

    `voice` says who speaks where the element fixes it (`network:0`, `press:2`, `copy:1`, ..);
    otherwise the source of the text decides.
    """

    written: WrittenPost
    moment: datetime
    platform: str
    voice: str | None = None
    link_key: str | None = None  # postings with one key share one link


def plan_story(seed: int, texts: Sequence[WrittenPost]) -> list[Planned]:
    """Every posting of the twelve weeks, in order of time."""
    elements: dict[str, list[WrittenPost]] = {}
    for text in texts:
        elements.setdefault(text.element, []).append(text)
    planned = [
        one
        for name, written in sorted(elements.items())
        for one in _plan_element(name)(chance(seed, "plan", name), written)
    ]
    return sorted(planned, key=lambda one: (one.moment, one.written.text_id, one.voice or ""))


Planner = Callable[[Random, list[WrittenPost]], Iterable[Planned]]


def _plan_element(name: str) -> Planner:
    special: dict[str, Planner] = {
        "rumour": lambda rng, texts: _event(rng, texts, RUMOUR_WEEK, days=3),
        "attack": lambda rng, texts: _event(rng, texts, ATTACK_WEEK, days=4),
        "campaign": _campaign,
        "press_copy": _press_copies,
        "breaking": _breaking,
        "share_button": _share_button,
        "network": _network,
    }
    return special.get(name, _spread)


def _spread(rng: Random, texts: list[WrittenPost]) -> list[Planned]:
    chosen = _kept(rng, texts)
    offset = rng.randrange(STORY_WEEKS)
    return [
        _by_source(rng, text, _week(rng, offset + place, season_of(text.text)))
        for place, text in enumerate(dealt(rng, chosen))
    ]


def _kept(rng: Random, texts: list[WrittenPost]) -> list[WrittenPost]:
    if texts[0].element not in {"ordinary", "homonym"}:
        return texts
    facebook = [text for text in texts if text.platform == "facebook"]
    others = [text for text in texts if text.platform == "x"]
    return thinned(rng, facebook, DROPPED_FACEBOOK) + thinned(rng, others, DROPPED_X)


def _week(rng: Random, place: int, span: Span) -> int:
    week = place % STORY_WEEKS
    return week if span.first <= week <= span.last else rng.randint(span.first, span.last)


def _by_source(rng: Random, text: WrittenPost, week: int, days: range = range(7)) -> Planned:
    choose = any_moment if text.source in {"individual", "activist"} else business_moment
    return Planned(text, choose(rng, week, days), text.platform)


def _event(rng: Random, texts: list[WrittenPost], week: int, days: int) -> list[Planned]:
    """Texts about one event, told in the order in which they were written."""
    planned = []
    for platform in ("facebook", "x"):
        told = [text for text in texts if text.platform == platform]
        drawn = [_by_source(rng, text, week, range(days)) for text in told]
        moments = sorted(one.moment for one in drawn)
        planned += [replace(one, moment=at) for one, at in zip(drawn, moments, strict=True)]
    return planned


def _campaign(rng: Random, texts: list[WrittenPost]) -> list[Planned]:
    """One agency posts each message in French and English, on its page and its account at once."""
    planned: list[Planned] = []
    for place, text in enumerate(texts):
        start = business_moment(rng, CAMPAIGN_WEEKS[place * 2 // len(texts)], range(5))
        editions = [text] if text.text_en is None else [text, _english(text)]
        for number, edition in enumerate(editions):
            at = start + timedelta(minutes=12 * number)
            later = at + timedelta(seconds=rng.randrange(8, 50))
            planned.append(Planned(edition, at, "facebook", "campaign", text.text_id))
            planned.append(Planned(edition, later, "x", "campaign", text.text_id))
    return planned


def _english(text: WrittenPost) -> WrittenPost:
    return replace(
        text, text_id=f"{text.text_id}-en", language="en", text=text.text_en or "", comments=()
    )


def _press_copies(rng: Random, texts: list[WrittenPost]) -> list[Planned]:
    """Each dispatch word for word on four pages within five hours."""
    planned = []
    for place, text in enumerate(dealt(rng, texts)):
        span = season_of(text.text)
        start = business_moment(rng, _week(rng, 2 * place + 1, span), range(5))
        delays = [0, *sorted(rng.sample(range(4, 290), k=3))]
        for voice, delay in zip(rng.sample(range(4), k=4), delays, strict=True):
            at = start + timedelta(minutes=delay, seconds=rng.randrange(60))
            planned.append(Planned(text, at, "facebook", f"press:{voice}", text.text_id))
    return planned


def _breaking(rng: Random, texts: list[WrittenPost]) -> list[Planned]:
    """One link runs through many accounts within an hour; some repeat a headline."""
    heads = [text for text in texts if text.source == "local_media"]
    crowd = [text for text in texts if text.source != "local_media"]
    followers = [(rng.choice(heads), f"crowd:{number}") for number in range(5)]
    own = [(text, f"crowd:{number}") for number, text in enumerate(crowd, start=5)]
    media = [(text, f"media:{number}") for number, text in enumerate(heads)]
    at = business_moment(rng, BREAKING_WEEK, range(1, 4))
    planned = []
    for text, voice in media + dealt(rng, followers + own):
        planned.append(Planned(text, at, "x", voice, "breaking"))
        at += timedelta(seconds=rng.randrange(40, 420))
    return planned


def _share_button(rng: Random, texts: list[WrittenPost]) -> list[Planned]:
    """A headline with its link, shared by the button on the site over some days."""
    planned = []
    for place, text in enumerate(dealt(rng, texts)):
        at = business_moment(rng, (2 * place + 2) % STORY_WEEKS, range(3))
        planned.append(Planned(text, at, "x", "media:any", text.text_id))
        for number in range(2):
            at += timedelta(hours=rng.randrange(2, 30), seconds=rng.randrange(3600))
            planned.append(Planned(text, at, "x", f"button:{place}:{number}", text.text_id))
    return planned


def _network(rng: Random, texts: list[WrittenPost]) -> list[Planned]:
    """Five accounts post one text within a minute; now and then one of them is missing."""
    planned = []
    absent = {5: 0, 7: 3}  # message number: member that does not take part
    for number, (text, week) in enumerate(zip(dealt(rng, texts), NETWORK_WEEKS, strict=True)):
        start = any_moment(rng, week)
        members = [member for member in range(5) if absent.get(number) != member]
        for member, delay in zip(
            dealt(rng, members), sorted(rng.sample(range(55), k=len(members))), strict=True
        ):
            at = start + timedelta(seconds=delay)
            planned.append(Planned(text, at, "x", f"network:{member}", text.text_id))
    return planned
