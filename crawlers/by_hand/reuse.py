"""Whether a post's pictures were used in other posts: yes, no, or not checked."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from crawlers.by_hand.posts import find_post
from crawlers.media_beside import similar_prints
from crawlers.parsers.media_prints import NEAR, is_print
from models import Post


@dataclass(frozen=True)
class PictureReuse:
    """Other posts with a near picture, oldest first; `checked` False where no print is known."""

    post_id: str
    checked: bool
    others: tuple[dict[str, Any], ...]

    @property
    def earlier_use(self) -> str:
        """In a word, for a report or an alert."""
        if not self.checked:
            return "not checked"
        return "yes" if any(other["earlier"] for other in self.others) else "no"

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"id": self.post_id, "earlier_use": self.earlier_use, "posts": list(self.others)}


def picture_reuse(session: Session, prefix: str, *, at_most: int = NEAR) -> PictureReuse:
    """Posts that show a picture near one of this post's, at most so many bits away."""
    post = find_post(session, prefix)
    prints = [one for one in post.media_prints if is_print(one)]
    nearest: dict[str, int] = {}
    for one in prints:
        for other_id, bits in similar_prints(session, one, at_most=at_most):
            nearest[other_id] = min(bits, nearest.get(other_id, bits))
    nearest.pop(post.id, None)
    others = [(session.get_one(Post, other_id), bits) for other_id, bits in nearest.items()]
    others.sort(key=lambda pair: (pair[0].created_at, pair[0].id))
    return PictureReuse(
        post.id,
        bool(prints),
        tuple(
            {
                "id": other.id,
                "day": other.created_at.date().isoformat(),
                "platform": other.platform,
                "bits": bits,
                "earlier": other.created_at < post.created_at,
            }
            for other, bits in others
        ),
    )
