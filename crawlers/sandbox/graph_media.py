"""Attachments of the Graph API: link cards behind shims, photos, albums, videos, alt texts."""

from typing import Any, Final
from urllib.parse import quote

from crawlers.sandbox.chance import share_of
from crawlers.sandbox.elements import Post
from crawlers.sandbox.graph_errors import GraphError
from crawlers.sandbox.graph_fields import Field, FieldsError
from crawlers.sandbox.stage import Stage

ALBUM_SHARE: Final = 0.15  # of all photo posts
PHOTOS_OF_AN_ALBUM: Final = 3
# What Facebook writes by itself about a picture.
ALT_TEXTS: Final = (
    "Peut être une image de plusieurs personnes et plein air",
    "Peut être une image de sacs de riz et une tente",
    "Peut être une image de texte qui dit « COMMUNIQUÉ »",
    "Peut être une image de carte et texte qui dit « Distribution : jeudi, 8 h »",
    "",
)
PHOTO_FIELDS: Final = ("alt_text", "alt_text_custom", "created_time", "images", "link", "name")

Json = dict[str, Any]


def attachments(stage: Stage, post: Post, asked: Field) -> Json | None:
    """What is attached to a post, with the asked parts."""
    made = _link_card(post) if post.link else _media_card(stage, post) if post.media else None
    if made is None:
        return None
    if asked.parts:
        names = {part.name for part in asked.parts}
        made = {name: value for name, value in made.items() if name in names}
    return {"data": [made]}


def photo(stage: Stage, photo_id: str, fields: tuple[Field, ...]) -> Json | None:
    """A photo by its own id, which the attachment tells; None when there is none."""
    post = next((one for one in stage.photo_posts() if photo_id in photo_ids(stage, one)), None)
    if post is None:
        return None
    known: Json = {
        "alt_text": alt_text(stage, photo_id) or None,
        "alt_text_custom": None,
        "created_time": post.created_at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
        "images": [_image(photo_id)],
        "link": _place(post, photo_id),
        "name": post.text_at(stage.now) or None,
    }
    asked = [one.name for one in fields if one.name != "id"]
    if unknown := [name for name in asked if name not in PHOTO_FIELDS]:
        raise FieldsError(f"Tried accessing nonexisting field ({unknown[0]}) on node type (Photo)")
    return {name: known[name] for name in asked if known[name] is not None} | {"id": photo_id}


def alt_text(stage: Stage, photo_id: str) -> str:
    """The text that Facebook wrote for a photo; empty for some."""
    return ALT_TEXTS[int(share_of(stage.world.seed, "alt", photo_id) * len(ALT_TEXTS))]


def photo_ids(stage: Stage, post: Post) -> tuple[str, ...]:
    """The ids of a post's photos: one, or those of an album."""
    if not is_album(stage, post):
        return (story_of(post),)
    return tuple(f"{story_of(post)}{number}" for number in range(1, PHOTOS_OF_AN_ALBUM + 1))


def is_album(stage: Stage, post: Post) -> bool:
    """Whether a post shows several photos."""
    drawn = share_of(stage.world.seed, "album", post.platform_id)
    return post.media == "photo" and drawn < ALBUM_SHARE


def story_of(post: Post) -> str:
    """The part of a post's id behind its page."""
    return post.platform_id.partition("_")[2]


def checked_kind(asked: Field) -> str | None:
    """The kind of reaction that is asked for; GraphError 100 for one that does not exist."""
    kind = asked.modifiers.get("type")
    kinds = (
        *("NONE", "LIKE", "LOVE", "WOW", "HAHA", "SAD", "ANGRY", "THANKFUL", "PRIDE"),
        *("CARE", "FIRE", "HUNDRED"),
    )
    if kind is not None and kind.upper() not in kinds:
        raise GraphError(100, f"Param type must be one of {{{', '.join(kinds)}}}")
    return None if kind is None else kind.upper()


def _link_card(post: Post) -> Json:
    target = post.link.target if post.link else ""
    shim = f"https://l.facebook.com/l.php?u={quote(target, safe='')}&h=AT0&s=1"
    return {
        "media_type": "link",
        "type": "share",
        "title": post.link.title if post.link else "",
        "url": shim,
        "unshimmed_url": target,
        "target": {"url": shim},
    }


def _media_card(stage: Stage, post: Post) -> Json:
    if is_album(stage, post):
        inner = [_photo_card(stage, post, one) for one in photo_ids(stage, post)]
        return inner[0] | {
            "media_type": "album",
            "type": "album",
            "subattachments": {"data": inner},
        }
    card = _photo_card(stage, post, story_of(post))
    if post.media == "video":
        place = f"https://www.facebook.com/{post.page_id}/videos/{story_of(post)}"
        card |= {"media_type": "video", "type": "video_inline", "url": place}
        card |= {"unshimmed_url": place, "target": {"id": story_of(post), "url": place}}
    return card


def _photo_card(stage: Stage, post: Post, photo_id: str) -> Json:
    place = _place(post, photo_id)
    card = {
        "media_type": "photo",
        "type": "photo",
        "url": place,
        "unshimmed_url": place,
        "target": {"id": photo_id, "url": place},
        "media": {"image": _image(photo_id)},
    }
    # A photo repeats the words of its post.
    words = post.text_at(stage.now)
    return card | ({"description": words} if words else {})


def _place(post: Post, photo_id: str) -> str:
    return f"https://www.facebook.com/{post.page_id}/photos/{photo_id}"


def _image(photo_id: str) -> Json:
    return {"height": 720, "width": 720, "src": f"https://pics.example/posts/{photo_id}.jpg"}
