"""Which key points, reason and actions a week gets: rules over the facts."""

from pipelines.reports.model import SCOPES, WeeklyFacts
from pipelines.reports.words.text import Text, Writer

MAX_POINTS = 3
# Suspicion before volume, comments (where it lives) before posts.
CHANGES = tuple(
    f"{scope}.{key}"
    for key in ("suspicious", "items", "negative_tone")
    for scope in ("comments", "posts")
)
SPEAKING = ("rise", "fall")


def status_reason(w: Writer) -> Text:
    """Why the status is what it is, in half a line."""
    facts = w.facts
    if facts.status == "incomplete":
        return w.say("why.incomplete")
    for scope in ("comments", "posts"):
        if facts.readings[f"{scope}.suspicious"] == "rise":
            return w.say(f"why.{scope}")
    if facts.status != "usual":
        return w.say("why.alerts" if facts.alerts else "why.patterns")
    if facts.readings["posts.items"] == "no_baseline":
        return w.say("why.no_baseline")
    return w.say("why.read_below" if _to_read_again(facts) else "why.usual")


def _to_read_again(facts: WeeklyFacts) -> bool:
    """A named agency accused, an attack, or a change other than of suspicion."""
    changed = any(reading in SPEAKING for reading in facts.readings.values())
    found = ("target.named_agency.posts", "target.named_agency.comments", "posts.attack")
    return changed or any(facts.figure(key).value for key in found)


def key_points(w: Writer) -> tuple[Text, ...]:
    """At most three: the largest supported change, the named-agency line, what else matters."""
    points = [_change(w), _agency(w), _event(w)]
    return tuple(points[:MAX_POINTS])


def actions(w: Writer) -> tuple[Text, ...]:
    """Cautious general steps that fit the situation; listening to the field is always the last."""
    facts = w.facts
    names = []
    if _suspicion_rises(facts):
        names.append("do.health" if leading_theme(facts) in _HEALTH else "do.rise")
    if facts.figure("patterns").value:
        names.append("do.pattern")
    if facts.figure("posts.attack").value:
        names.append("do.attack")
    if not facts.complete:
        names.append("do.incomplete")
    return tuple(w.say(name) for name in (*(names or ["do.usual"]), "do.listen"))


_HEALTH = ("health_products", "health_campaign")


def leading_theme(facts: WeeklyFacts) -> str | None:
    """The theme that holds at least half of the week's suspicious comments, if one does."""
    total = facts.figure("comments.suspicious").value or 0
    for theme in facts.themes:
        value = facts.figure(f"{facts.theme_kind}.{theme.theme_id}.comments").value or 0
        if value and 2 * value >= total:
            return theme.theme_id
    return None


def _suspicion_rises(facts: WeeklyFacts) -> bool:
    return any(facts.readings[f"{scope}.suspicious"] == "rise" for scope in SCOPES)


def _change(w: Writer) -> Text:
    facts = w.facts
    text = _alert(w)
    for name in CHANGES:
        if facts.readings[name] in SPEAKING:
            said = w.say(f"key.{name}.{facts.readings[name]}")
            theme = _theme(w) if name == "comments.suspicious" else ()
            return (*said, *theme, *text)
    if facts.readings["posts.items"] in ("incomplete", "no_baseline"):
        return (*w.say(f"key.{facts.readings['posts.items']}"), *text)
    return (*w.say("key.no_change"), *text)


def _alert(w: Writer) -> Text:
    """The alert of the highest level."""
    order = ("urgent", "warning", "watch", "info")
    ranked = sorted(w.facts.alerts, key=lambda alert: (order.index(alert.level), alert.alert_id))
    if not ranked:
        return ()
    first = ranked[0]
    said = w.say(
        "key.alert",
        id=first.alert_id,
        level=w.sentences[f"term.level_{first.level}"],
        state=w.sentences[f"state.{first.status}"],
    )
    return (*w.write(" "), *said)


def _theme(w: Writer) -> Text:
    leading = leading_theme(w.facts)
    for theme in w.facts.themes:
        if theme.theme_id == leading:
            name = theme.name_fr if w.language == "fr" else theme.name_en
            figure = f"{w.facts.theme_kind}.{leading}.comments"
            return w.say(
                "key.theme", theme=name.lower() if name[1:2].islower() else name, figure=figure
            )
    return ()


def _agency(w: Writer) -> Text:
    figure = w.facts.figure("target.named_agency.posts")
    if not figure.n:
        return w.say("key.agency.none_read")
    return w.say("key.agency.some" if figure.value else "key.agency.zero")


def _event(w: Writer) -> Text:
    if w.facts.figure("patterns").value:
        return w.say("key.pattern")
    if w.facts.figure("posts.attack").value:
        return w.say("key.attack")
    return w.say("key.rest")
