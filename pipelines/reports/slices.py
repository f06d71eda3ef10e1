"""Figures of the week by target, narrative, organisation, source and place. Pure."""

from collections.abc import Callable, Mapping, Sequence

from config.agencies import Agency
from config.codebook import Codebook
from config.places import Place
from config.vocabulary import TARGETS
from pipelines.labels import LabelledPost
from pipelines.measures import is_read, suspicious_family
from pipelines.reports.maker import FigureMaker, Posts
from pipelines.reports.model import Figure, Scope

UNKNOWN = "unknown"
UNCODED = "uncoded"
PLACES_SHOWN = 4
# Regulators and generic words for aid are watched, but they are no organisations of aid.
NOT_ORGANISATIONS = ("generic", "regulator")
INDICATOR_OF_TARGET = {
    "named_agency": "negative_posts_named_org",
    "sector_generic": "negative_posts_sector_general",
}


def target_figures(
    scoped: Posts, scope: Scope, maker: FigureMaker, agencies: Sequence[Agency]
) -> list[Figure]:
    """Suspicion by what it is aimed at; a named agency and aid in general are kept apart."""
    read = [post for post in scoped if is_read(post)]
    aid = {agency.agency_id for agency in agencies if _is_organisation(agency)}
    naming = [post for post in read if aid.intersection(post.agencies)]
    figures = [maker.count(f"{scope}.naming_an_agency", naming, "naming_an_agency")]
    for target in TARGETS:
        figures.append(
            maker.part(
                f"target.{target}.{scope}",
                read,
                _suspicious_of(target),
                "suspicious_target",
                f"{scope}.read",
                indicator=INDICATOR_OF_TARGET.get(target) if scope == "posts" else None,
            )
        )
    return figures


def theme_figures(
    scoped: Posts, scope: Scope, maker: FigureMaker, codebook: Codebook
) -> list[Figure]:
    """Suspicious items by publication family, and those no one has coded."""
    suspicious = [post for post in scoped if is_read(post) and post.stance == "suspicious"]
    family_of = {post.post_id: suspicious_family(post, codebook) for post in suspicious}
    figures = [
        maker.count(
            f"family.{family.family_id}.{scope}",
            [post for post in suspicious if family_of[post.post_id] == family.family_id],
            "family",
            judged=suspicious,
        )
        for family in codebook.families
    ]
    uncoded = [post for post in suspicious if family_of[post.post_id] is None]
    if suspicious and len(uncoded) == len(suspicious):
        figures = [_not_counted(figure) for figure in figures]
    return [*figures, maker.count(f"family.{UNCODED}.{scope}", uncoded, UNCODED)]


def event_figures(scoped: Posts, scope: Scope, maker: FigureMaker) -> list[Figure]:
    """Attack reports and regulation news, where content has been coded at all."""
    figures = []
    coded = any(post.narrative for post in scoped)
    for key, code in (("attack", "ATTACK"), ("regulation", "POLICY")):
        chosen = [post for post in scoped if post.narrative == code]
        figure = maker.count(f"{scope}.{key}", chosen, key, judged=scoped)
        figures.append(figure if coded or not scoped else _not_counted(figure))
    return figures


def _not_counted(figure: Figure) -> Figure:
    return figure.model_copy(update={"value": None, "provisional": False})


def organisation_figures(
    scoped: Posts, maker: FigureMaker, agencies: Sequence[Agency]
) -> list[Figure]:
    """Organisations of aid named in posts, and how many of each type."""
    named = {agency_id for post in scoped for agency_id in post.agencies}
    found = [a for a in agencies if a.agency_id in named and _is_organisation(a)]
    figures = [_organisations("organisations", found, scoped, maker)]
    for kind in sorted({agency.type for agency in found}):
        of_kind = [agency for agency in found if agency.type == kind]
        figures.append(_organisations(f"organisations.{kind}", of_kind, scoped, maker))
    return figures


def _organisations(key: str, found: Sequence[Agency], scoped: Posts, maker: FigureMaker) -> Figure:
    wanted = {agency.agency_id for agency in found}
    posts = [post for post in scoped if wanted.intersection(post.agencies)]
    return maker.count(
        key,
        posts,
        "organisations",
        value=len(wanted),
        unit="organisations",
        indicator="organisations_mentioned",
    )


def _is_organisation(agency: Agency) -> bool:
    return agency.counts_as_aid and agency.type not in NOT_ORGANISATIONS


def spread_figures(scoped: Posts, maker: FigureMaker) -> list[Figure]:
    """Source types, interactions and views; a sum says for how many posts it is known."""
    figures = []
    for source in sorted({post.source_type or UNKNOWN for post in scoped}):
        chosen = [post for post in scoped if (post.source_type or UNKNOWN) == source]
        figures.append(
            maker.count(f"source.{source}", chosen, "source", indicator="posts_by_source_type")
        )
    on_x = [post for post in scoped if post.platform == "x"]
    return [
        *figures,
        _known_sum("engagements", scoped, {p.post_id: p.engagement for p in scoped}, maker),
        _known_sum("views", on_x, {p.post_id: p.views for p in on_x}, maker),
    ]


def _known_sum(
    key: str, posts: Posts, values: Mapping[str, int | None], maker: FigureMaker
) -> Figure:
    """The sum over posts where it is known, None where it is for none; n is how many are known."""
    known = [post for post in posts if values[post.post_id] is not None]
    total = sum(values[post.post_id] or 0 for post in known)
    figure = maker.count(key, known, key, value=total, unit=key, indicator=key)
    return figure.model_copy(update={"n": len(known), "value": total if known else None})


def place_figures(scoped: Posts, maker: FigureMaker, places: Sequence[Place]) -> list[Figure]:
    """The regions most often named in posts; a place is what the text says, never the author's."""
    region_of = {place.place_id: place.adm1_name for place in places if place.adm1_name}
    naming: dict[str, list[LabelledPost]] = {}
    for post in scoped:
        for region in {region_of[place] for place in post.places if place in region_of}:
            naming.setdefault(region, []).append(post)
    ranked = sorted(naming, key=lambda region: (-len(naming[region]), region))[:PLACES_SHOWN]
    return [maker.count(f"place.{region}", naming[region], "place") for region in ranked]


def _suspicious_of(target: str) -> Callable[[LabelledPost], bool]:
    return lambda post: post.stance == "suspicious" and post.target == target
