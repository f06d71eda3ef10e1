import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.parsers.links import canonical_url, storable_url


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTP://WWW.Journal.example/a//b/?utm_source=x&b=2&a=1#bas", "https://journal.example/a/b?a=1&b=2"),
        ("https://journal.example/", "https://journal.example"),
        ("https://m.facebook.com/501/posts/1/?__cft__[0]=z", "https://facebook.com/501/posts/1"),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fa.example%2Fx%3Ffbclid%3D1&h=AT", "https://a.example/x"),
        ("https://mobile.twitter.com/fanta_k77/status/99?s=20", "https://x.com/i/status/99"),
        ("https://twitter.com/i/web/status/99", "https://x.com/i/status/99"),
        ("https://youtu.be/AbC?si=zz", "https://youtube.com/watch?v=AbC"),
        ("https://forum.example/topic?t=12", "https://forum.example/topic?t=12"),
        ("https://x.com/i/events/5?t=abc", "https://x.com/i/events/5"),
    ],
)  # fmt: skip
def test_one_address_has_one_form(url, canonical):
    assert canonical_url(url) == canonical


@pytest.mark.parametrize(
    "url", ["", "mailto:a@b.example", "https://", "http://[::1", "ftp://a.b/c"]
)
def test_what_is_no_web_address_has_no_form(url):
    assert canonical_url(url) is None


def test_two_long_addresses_stay_two():
    first, second = (canonical_url("https://a.example/" + "x" * 600 + end) for end in "ab")
    assert first != second
    assert len(first) == len(second) == 500


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        ("https://x.com/fanta_k77/status/99", "https://x.com/i/status/99"),
        ("https://www.facebook.com/fanta.keita/posts/77", "https://facebook.com/i/77"),
        ("https://facebook.com/permalink.php?story_fbid=77&id=100012", "https://facebook.com/i/77"),
        ("https://www.facebook.com/groups/12/posts/99/", "https://facebook.com/i/99"),
        ("https://facebook.com/watch/?v=12", "https://facebook.com/watch?v=12"),
        ("https://www.tiktok.com/@fanta/video/55", "https://tiktok.com/i/55"),
        ("https://instagram.com/p/AbC/", "https://instagram.com/p/AbC"),
        ("https://a.example/?a=1&tel=%2B22370123456", "https://a.example?a=1&tel=tel"),
        ("https://netflix.com/title/1", "https://netflix.com/title/1"),
    ],
)
def test_a_post_is_kept_without_whose_it_is(url, stored):
    assert storable_url(url) == stored


@pytest.mark.parametrize(
    "url",
    [
        "https://x.com/fanta_k77",
        "https://x.com/i/user/123456",
        "https://facebook.com/fanta.keita",
        "https://facebook.com/profile.php?id=100012",
        "https://facebook.com/people/Fanta-Keita/100012",
        "https://facebook.com/groups/12/user/100012",
        "https://www.youtube.com/@fantakeita",
        "https://t.me/fantakeita/12",
        "https://linkedin.com/in/fanta-keita",
        "https://wa.me/22376998877",
        "https://api.whatsapp.com/send?phone=22376998877",
        "https://m.me/fanta",
        "https://fb.me/fanta",
        "https://fb.com/fanta",
        "https://a.example/?partage=https://wa.me/22376998877",
        "https://a.example/?partage=https://x.com/fanta_k77",
        "https://a.example/?mail=fanta@b.example",
    ],
)
def test_an_address_that_names_an_account_is_not_kept(url):
    assert storable_url(url) is None


@given(st.text())
def test_any_text_is_taken(text):
    canonical_url("https://" + text)
    storable_url("https://x.com/" + text)


@given(st.from_regex(r"https?://[a-z]{1,9}\.example/[a-z/]{0,20}(\?[a-z]=[0-9])?", fullmatch=True))
def test_a_canonical_address_is_its_own_form(url):
    canonical = canonical_url(url)
    assert canonical is not None
    assert canonical_url(canonical) == canonical
