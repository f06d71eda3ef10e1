"""The links that posts carry: to invented sites under reserved domains."""

from typing import Final

from crawlers.sandbox.chance import chance, share_of
from crawlers.sandbox.elements import Author, Link
from crawlers.sandbox.filling import address, headline, short_link
from crawlers.sandbox.plan import Planned

SITES: Final = ("courrier-plateau", "fleuve-info", "delta-nouvelles", "radio-paroles")
BREAKING: Final = "Mali : un pont emporté par la crue sur la route de Sévaré"
TRACKING: Final = ("", "?utm_source=x&utm_medium=social", "?s=20", "?ref=partage")


def link_of(seed: int, planned: Planned, author: Author) -> Link | None:
    """The link of a posting; postings with one link key lead to one page."""
    if "{url}" not in planned.written.text:
        return None
    key = planned.link_key or planned.written.text_id
    shared = planned.link_key is not None
    title = BREAKING if key == "breaking" else headline(planned.written.text)
    base = key.removesuffix("-en")
    site = SITES[int(share_of(seed, "site", base) * len(SITES))]
    target = address(site if shared else author.handle.replace("_", "-"), title)
    if planned.platform == "facebook":
        return Link(target, target, title)
    rng = chance(seed, "link", planned.written.text_id, planned.voice)
    return Link(short_link(rng), target + (rng.choice(TRACKING) if shared else ""), title)
