from datetime import UTC, datetime

import pytest

from config.agencies import load_agencies
from config.errors import UsageError
from config.places import load_places
from crawlers.by_hand.addresses import addressed_post
from crawlers.by_hand.fields import (
    AmbiguousPlaceError,
    told_agency,
    told_place,
    told_platform,
    told_time,
)

PLACES, AGENCIES = load_places(), load_agencies()
HALF_PAST_TWO = datetime(2024, 9, 11, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2024-09-11 14:30",
        "2024-09-11T14:30:00Z",
        "2024-09-11T16:30+02:00",
        "11/09/2024 14:30",
        "11/9/2024 14:30",
    ],
)
def test_a_time_without_a_zone_is_bamakos(written, now):
    told = told_time(written, now)

    assert (told.moment, told.day_only) == (HALF_PAST_TWO, False)


@pytest.mark.parametrize("written", ["2024-09-11", "11/9/2024"])
def test_a_day_alone_stands_at_noon_and_says_that_the_hour_is_unknown(written, now):
    told = told_time(written, now)

    assert (told.moment, told.day_only) == (datetime(2024, 9, 11, 12, tzinfo=UTC), True)
    assert str(told) == "2024-09-11 (hour unknown)"


def test_today_is_a_day_also_before_noon(now):
    assert told_time("2024-09-23", now).day_only


@pytest.mark.parametrize("written", ["hier", "2024-13-01", "2024-09-24", "1999-01-01", ""])
def test_a_wrong_time_says_how_to_write_it(written, now):
    with pytest.raises(UsageError, match="write 2024-09-11 14:30"):
        told_time(written, now)


@pytest.mark.parametrize(
    ("written", "platform"), [("FB", "facebook"), ("Twitter", "x"), ("x", "x")]
)
def test_platforms_are_known_by_their_usual_names(written, platform):
    assert told_platform(written) == platform


@pytest.mark.parametrize("elsewhere", ["tiktok", "whatsapp", "radio"])
def test_what_was_seen_elsewhere_is_sent_to_the_sightings(elsewhere):
    with pytest.raises(UsageError, match="vigie sighting add"):
        told_platform(elsewhere)


def test_a_place_is_found_by_name_id_or_spelling():
    konna = told_place("konna", PLACES)

    assert told_place(konna.place_id, PLACES) == konna
    assert told_place("SEVARE", PLACES).name == "Sévaré"
    assert told_place("none", PLACES) is None


def test_a_name_that_several_places_bear_asks_which_and_offers_what_texts_mean_first():
    with pytest.raises(AmbiguousPlaceError, match=r"codab1_ML07 \(Gao: région") as caught:
        told_place("Gao", PLACES)

    assert caught.value.places[0].place_id == "codab1_ML07"
    assert len(caught.value.places) > 1


def test_an_unknown_place_names_the_nearest():
    with pytest.raises(UsageError, match=r"did you mean .*Konna"):
        told_place("Konnna", PLACES)


@pytest.mark.parametrize("written", ["wfp", "PAM", "WFP", "programme alimentaire mondial"])
def test_an_agency_is_found_by_id_acronym_or_any_spelling(written):
    assert told_agency(written, AGENCIES) == "wfp"


def test_an_unknown_agency_is_refused():
    with pytest.raises(UsageError, match="no agency 'Aide Imaginaire'"):
        told_agency("Aide Imaginaire", AGENCIES)


@pytest.mark.parametrize(
    ("url", "platform", "key"),
    [
        (
            "https://twitter.com/quelqu_un/status/1830000000000000001?s=20",
            "x",
            "1830000000000000001",
        ),
        (
            "https://m.facebook.com/story.php?story_fbid=777&id=100000000000501",
            "facebook",
            "100000000000501_777",
        ),
        ("https://www.facebook.com/100000000000501/posts/777", "facebook", "100000000000501_777"),
        ("https://facebook.com/radio.test/posts/777", "facebook", "100000000000501_777"),
        ("https://facebook.com/radio.test/posts/777?comment_id=888", "facebook", "777_888"),
    ],
)
def test_an_address_gives_the_id_that_a_crawl_would_give(url, platform, key):
    found = addressed_post(url, platform, "100000000000501")

    assert (found.key, found.is_platform_id) == (key, True)


def test_an_address_without_a_number_is_still_the_same_however_it_was_shared():
    one = addressed_post("https://www.facebook.com/radio/posts/pfbid0abc?mibextid=x", "facebook")
    other = addressed_post("https://m.facebook.com/radio/posts/pfbid0abc", "facebook")

    assert one == other
    assert not one.is_platform_id


@pytest.mark.parametrize(
    ("url", "platform"),
    [
        ("https://exemple.org/quelqu_un", "x"),
        ("https://x.com/quelqu_un", "x"),
        ("https://x.com/quelqu_un/status/1", "facebook"),
        ("https://facebook.com/", "facebook"),
        ("quelqu_un", "x"),
    ],
)
def test_an_address_of_no_post_is_refused_and_not_repeated(url, platform):
    with pytest.raises(UsageError, match="--url") as caught:
        addressed_post(url, platform)

    assert "quelqu_un" not in str(caught.value)
