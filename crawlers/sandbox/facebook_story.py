"""Facebook's side of the story: posts of the pages and the comments under them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Final

from crawlers.sandbox.casting import Cast, active_one, named_in
from crawlers.sandbox.chance import chance, share_of
from crawlers.sandbox.counts import popularity
from crawlers.sandbox.edits import misspelt
from crawlers.sandbox.elements import Author, Edit, Organisation, Post
from crawlers.sandbox.filling import Filled, fill
from crawlers.sandbox.ids import facebook_id
from crawlers.sandbox.linking import link_of
from crawlers.sandbox.plan import Planned
from crawlers.sandbox.texts import Labels, WrittenComment
from crawlers.sandbox.timetable import business_moment, comment_moments

MIDDLE: Final = {"agency": 22.0, "local_media": 30.0, "activist": 40.0}
RUMOUR_BOOST: Final = 4.0
REPLY_SHARE: Final = 0.12
PHOTO_ONLY: Final = 2
HIDDEN: Final = 4
PRIVATE_DETAILS: Final = (
    (" Appelez le ", "70 00 00 41"),
    (" Tél : ", "+223 65 00 00 27"),
    (" WhatsApp ", "76.00.00.93"),
    (" Le véhicule : ", "AA-0007-MD"),
)
NOTHING_SAID: Final = Labels("cannot_tell", "neutral", "neutral", "none", "OTH", "none", (), ())


def facebook_post(cast: Cast, planned: Planned, edited_after: timedelta | None) -> Post:
    """One post of a page."""
    author = cast.author_of(planned)
    key = f"{planned.written.text_id}:{author.platform_id}"
    rng = chance(cast.seed, "facebook", key)
    link = link_of(cast.seed, planned, author)
    filled = fill(planned.written.text, named_in(cast.seed, planned, cast.commenters), link)
    story = facebook_id(cast.seed, planned.moment, key)
    post_id = f"{author.platform_id}_{story}"
    boost = RUMOUR_BOOST if planned.written.element == "rumour" else 1.0
    middle = MIDDLE.get(planned.written.source, 14.0) * boost
    return Post(
        platform="facebook",
        platform_id=post_id,
        text_id=planned.written.text_id,
        element=planned.written.element,
        kind="post",
        created_at=planned.moment,
        text=filled.text,
        language=planned.written.language,
        author=author,
        labels=planned.written.labels,
        popularity=popularity(cast.seed, key, middle),
        page_id=author.platform_id,
        link=link,
        media=None if link else _media(rng),
        mentioned=filled.mentioned,
        edit=_edit(planned, filled, edited_after),
    )


def facebook_comments(cast: Cast, post: Post, written: Sequence[WrittenComment]) -> list[Post]:
    """The comments under a post in order of time, some of them answers to the one before."""
    rng = chance(cast.seed, "comments", post.platform_id)
    moments = comment_moments(rng, post.created_at, len(written))
    made: list[Post] = []
    for comment, moment in zip(written, moments, strict=True):
        top = next((one for one in reversed(made) if one.parent_id == post.platform_id), None)
        answers = top is not None and _is_answer(rng, comment)
        made.append(_comment(cast, rng, post, comment, top=top if answers else None, at=moment))
    return _nested(made)


def _nested(comments: Sequence[Post]) -> list[Post]:
    """The comments, the second answer to one comment becoming an answer to the first answer."""
    answers: dict[str | None, list[Post]] = {}
    made = []
    for one in comments:
        if one.parent_id == one.root_id:
            made.append(one)
            continue
        others = answers.setdefault(one.parent_id, [])
        made.append(replace(one, parent_id=others[0].platform_id) if len(others) == 1 else one)
        others.append(one)
    return made


def photo_posts(cast: Cast) -> list[Post]:
    """A few posts that are a picture without a word."""
    rng = chance(cast.seed, "photos")
    pages = rng.sample(cast.pages, k=PHOTO_ONLY)
    return [_photo(cast.seed, page, business_moment(rng, rng.randrange(12))) for page in pages]


def with_private_details(seed: int, comments: Sequence[Post]) -> list[Post]:
    """The comments, a few with a telephone number and one with a number plate added."""
    rng = chance(seed, "private details")
    quiet = [place for place, one in enumerate(comments) if one.labels.relevance == "no"]
    changed = list(comments)
    for place, detail in zip(
        rng.sample(quiet, k=len(PRIVATE_DETAILS)), PRIVATE_DETAILS, strict=True
    ):
        changed[place] = replace(comments[place], text=comments[place].text + "".join(detail))
    return changed


def with_hidden(seed: int, comments: Sequence[Post], pages: Sequence[Organisation]) -> list[Post]:
    """The comments, a few hidden by their page; only a page's own token is shown those."""
    own = {one.platform_id for one in pages if one.shows_authors}
    places = [place for place, one in enumerate(comments) if one.page_id in own]
    hidden = set(chance(seed, "hidden comments").sample(places, k=HIDDEN))
    return [replace(one, is_hidden=place in hidden) for place, one in enumerate(comments)]


def _comment(
    cast: Cast,
    rng: Random,
    post: Post,
    written: WrittenComment,
    *,
    top: Post | None,
    at: datetime,
) -> Post:
    author = active_one(rng, cast.commenters)
    named: Author | None = top.author if top else None
    filled = fill(written.text, rng.sample(cast.commenters, k=3), None, answered=named)
    story = post.platform_id.partition("_")[2]
    number = facebook_id(cast.seed, at, f"{post.platform_id}:{written.text_id}")
    return Post(
        platform="facebook",
        platform_id=f"{story}_{number}",
        text_id=written.text_id,
        element=post.element,
        kind="comment",
        created_at=at,
        text=filled.text,
        language=written.language,
        author=author,
        labels=written.labels,
        popularity=popularity(cast.seed, written.text_id, 2.5),
        parent_id=top.platform_id if top else post.platform_id,
        root_id=post.platform_id,
        page_id=post.page_id,
        mentioned=filled.mentioned,
    )


def _is_answer(rng: Random, comment: WrittenComment) -> bool:
    speaks_to_someone = comment.text.startswith(("@", "{name"))
    return speaks_to_someone or rng.random() < REPLY_SHARE


def _edit(planned: Planned, filled: Filled, after: timedelta | None) -> Edit | None:
    if after is None:
        return None
    earlier = misspelt(filled.text, [one.name for one in filled.mentioned])
    return Edit(planned.moment + after, earlier)


def _media(rng: Random) -> str | None:
    return rng.choices(["photo", "video", None], weights=[6, 1, 3])[0]


def _photo(seed: int, page: Organisation, at: datetime) -> Post:
    post_id = f"{page.platform_id}_{facebook_id(seed, at, 'photo' + page.handle)}"
    return Post(
        platform="facebook",
        platform_id=post_id,
        text_id="",
        element="photo",
        kind="post",
        created_at=at,
        text="",
        language="",
        author=page,
        labels=NOTHING_SAID,
        popularity=20 * share_of(seed, "photo", page.handle),
        page_id=page.platform_id,
        media="photo",
    )
