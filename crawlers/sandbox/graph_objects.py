"""Facebook pages, posts and comments as the Graph API writes them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from crawlers.sandbox.chance import share_of
from crawlers.sandbox.counts import grown, reactions
from crawlers.sandbox.elements import Author, Organisation, Post
from crawlers.sandbox.graph_fields import Field, FieldsError
from crawlers.sandbox.graph_media import attachments, checked_kind, story_of
from crawlers.sandbox.stage import Stage

Json = dict[str, Any]
Writer = Callable[[Stage, Post, Field], Any]


def graph_time(moment: datetime) -> str:
    """A moment as the Graph API writes it, without a colon in the offset."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S+0000")


def write_post(stage: Stage, post: Post, fields: Sequence[Field]) -> Json:
    """A post with the fields that were asked for; what does not apply is absent."""
    return _written(stage, post, fields, _POST, "Post")


def write_comment(stage: Stage, comment: Post, fields: Sequence[Field]) -> Json:
    """A comment with the fields that were asked for."""
    return _written(stage, comment, fields, _COMMENT, "Comment")


def write_page(page: Organisation, fields: Sequence[Field]) -> Json:
    """A page with the fields that were asked for."""
    known = {
        "name": page.name,
        "username": page.handle,
        "link": f"https://www.facebook.com/{page.platform_id}",
        "followers_count": 800 + int(share_of(0, "followers", page.platform_id) * 90_000),
    }
    for one in fields:
        if one.name not in known and one.name != "id":
            raise _nonexistent(one, "Page")
    asked = {one.name: known[one.name] for one in fields if one.name != "id"}
    return asked | {"id": page.platform_id}


def comment_total(stage: Stage, post: Post, *, stream: bool) -> int:
    """Comments that a post claims: all of them, or only those that answer the post itself."""
    below = stage.below(post.platform_id)
    served = sum(stream or one.parent_id == post.platform_id for one in below)
    return served + (stage.claims_more if served else 0)


def summary(total: int, order: str) -> Json:
    """The summary of a comments edge."""
    return {"order": order, "total_count": total, "can_comment": False}


def _written(
    stage: Stage, post: Post, fields: Sequence[Field], writers: dict[str, Writer], node: str
) -> Json:
    made: Json = {}
    for asked in fields:
        if asked.name == "id":
            continue
        if asked.name not in writers:
            raise _nonexistent(asked, node)
        value = writers[asked.name](stage, post, asked)
        if value is not None:
            made[asked.alias] = value
    return made | {"id": post.platform_id}


def _nonexistent(asked: Field, node: str) -> FieldsError:
    return FieldsError(f"Tried accessing nonexisting field ({asked.name}) on node type ({node})")


def _message(stage: Stage, post: Post, _: Field) -> str | None:
    return post.text_at(stage.now) or None


def _updated(stage: Stage, post: Post, _: Field) -> str:
    changes = [one.created_at for one in stage.below(post.platform_id)]
    if post.edit and post.edit.at <= stage.now:
        changes.append(post.edit.at)
    return graph_time(max([post.created_at, *changes]))


def _tags(stage: Stage, post: Post, _: Field) -> list[Json] | None:
    text = post.text_at(stage.now)
    tags = [
        {
            "id": one.platform_id,
            "name": one.name,
            "type": "user",
            "offset": text.find(one.name),
            "length": len(one.name),
        }
        for one in post.mentioned
        if one.name in text
    ]
    return tags or None


def _author(stage: Stage, post: Post, _: Field) -> Json | None:
    page = stage.page(post.page_id or "")
    if post.kind == "comment" and not (page and page.shows_authors):
        return None
    return _named(post.author)


def _named(author: Author) -> Json:
    return {"name": author.name, "id": author.platform_id}


def _shares(stage: Stage, post: Post, _: Field) -> Json | None:
    count = grown(post, stage.now, 0.25, "shares")
    return {"count": count} if count else None


def _reactions(stage: Stage, post: Post, asked: Field) -> Json:
    by_type = reactions(post, stage.now)
    kind = checked_kind(asked)
    total = sum(by_type.values()) if kind is None else by_type.get(kind, 0)
    answer: Json = {"data": []}
    if "summary" in asked.modifiers:
        answer["summary"] = {"total_count": total, "viewer_reaction": "NONE"}
    return answer


def _likes(stage: Stage, post: Post, _: Field) -> Json:
    total = reactions(post, stage.now)["LIKE"]
    return {"data": [], "summary": {"total_count": total, "can_like": False, "has_liked": False}}


def _comments(stage: Stage, post: Post, asked: Field) -> Json:
    if asked.modifiers.get("limit", "0") != "0":
        raise FieldsError("Comments inside a post are served with limit(0) only; ask the edge")
    stream = asked.modifiers.get("filter") == "stream"
    answer: Json = {"data": []}
    if "summary" in asked.modifiers:
        order = "chronological" if stream else "ranked"
        answer["summary"] = summary(comment_total(stage, post, stream=stream), order)
    return answer


def _picture(_stage: Stage, post: Post, _asked: Field) -> str | None:
    return f"https://pics.example/posts/{story_of(post)}.jpg" if post.media else None


def _status_type(_stage: Stage, post: Post, _asked: Field) -> str:
    by_media = {"photo": "added_photos", "video": "added_video"}
    return "shared_story" if post.link else by_media.get(post.media or "", "mobile_status_update")


def _permalink(_stage: Stage, post: Post, _asked: Field) -> str:
    if post.kind == "comment":
        root, _, number = post.platform_id.partition("_")
        return f"https://www.facebook.com/{post.page_id}/posts/{root}?comment_id={number}"
    return f"https://www.facebook.com/{post.page_id}/posts/{story_of(post)}"


def _parent(stage: Stage, comment: Post, _: Field) -> Json | None:
    parent = stage.comment(comment.parent_id or "")
    if parent is None:
        return None
    return {"created_time": graph_time(parent.created_at), "id": parent.platform_id}


def _created(_stage: Stage, post: Post, _asked: Field) -> str:
    return graph_time(post.created_at)


def _absent(_stage: Stage, _post: Post, _asked: Field) -> None:
    return None


_POST: Final[dict[str, Writer]] = {
    "message": _message,
    "story": _absent,
    "created_time": _created,
    "updated_time": _updated,
    "permalink_url": _permalink,
    "from": _author,
    "status_type": _status_type,
    "parent_id": _absent,
    "is_published": lambda _, __, ___: True,
    "message_tags": _tags,
    "full_picture": _picture,
    "picture": _picture,
    "shares": _shares,
    "attachments": attachments,
    "reactions": _reactions,
    "likes": _likes,
    "comments": _comments,
}
_COMMENT: Final[dict[str, Writer]] = {
    "message": _message,
    "created_time": _created,
    "permalink_url": _permalink,
    "from": _author,
    "message_tags": _tags,
    "parent": _parent,
    "attachment": _absent,
    "like_count": lambda stage, one, _: grown(one, stage.now, 1.0, "likes"),
    "comment_count": lambda stage, one, _: len(stage.below(one.platform_id)),
    "user_likes": lambda _, __, ___: False,
    "is_hidden": lambda _, one, __: one.is_hidden,
    "reactions": _reactions,
}
