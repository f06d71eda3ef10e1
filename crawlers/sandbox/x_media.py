"""Pictures on X: which posts carry one, and what its author said that it shows."""

from collections.abc import Iterable
from typing import Any, Final

from crawlers.sandbox.chance import share_of
from crawlers.sandbox.elements import Post
from crawlers.sandbox.stage import Stage

PICTURE_SHARE: Final = 0.2
# Some people describe their pictures; most do not.
ALT_TEXTS: Final = (
    "Des sacs de riz empilés devant un entrepôt.",
    "Capture d'écran d'un message : « On ne nous dit rien »",
    "",
    "",
)
MEDIA_FIELDS: Final = (
    *("alt_text", "duration_ms", "height", "media_key", "preview_image_url", "public_metrics"),
    *("type", "url", "variants", "width"),
)
USUAL_FIELDS: Final = frozenset({"media_key", "type"})

Json = dict[str, Any]


def media_key(stage: Stage, post: Post) -> str | None:
    """The key of a post's picture; a repost shows that of its original."""
    shown = stage.x_post(post.reposted_id or "") if post.kind == "repost" else post
    if shown is None or shown.link is not None or shown.kind not in {"post", "quote"}:
        return None
    drawn = share_of(stage.world.seed, "picture", shown.platform_id)
    return f"3_{shown.platform_id}" if drawn < PICTURE_SHARE else None


def media_objects(stage: Stage, posts: Iterable[Post], fields: frozenset[str]) -> list[Json]:
    """The pictures of some posts, each once, with the asked fields."""
    keys = dict.fromkeys(key for one in posts if (key := media_key(stage, one)))
    return [_media_object(stage, key, fields | USUAL_FIELDS) for key in keys]


def _media_object(stage: Stage, key: str, fields: frozenset[str]) -> Json:
    drawn = share_of(stage.world.seed, "picture text", key)
    known: Json = {
        "media_key": key,
        "type": "photo",
        "alt_text": ALT_TEXTS[int(drawn * len(ALT_TEXTS))] or None,
        "url": f"https://pics.example/x/{key}.jpg",
        "height": 900,
        "width": 1200,
    }
    return {name: value for name, value in known.items() if name in fields and value is not None}
