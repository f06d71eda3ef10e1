"""Measures as tables, for the terminal and for Markdown."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from classifiers.agreement import Agreement
from classifiers.evaluation import ClassScore, FieldScore, RiskAt, Share
from classifiers.gates import NEAR_COPY, Gates
from classifiers.goals import Goal
from classifiers.head_measures import FieldMeasures, RelevanceMeasures
from classifiers.prevalence import FieldPrecision
from classifiers.stance_measures import ActorMeasures, AtRisk, StanceMeasures

_SCORE_HEAD = ("n", "accuracy", "95 %", "macro-F1", "95 %")


@dataclass(frozen=True)
class Table:
    """A titled table; the first column is text, the others are figures. Notes stand below."""

    title: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    notes: list[str] = field(default_factory=list)


def as_lines(table: Table) -> list[str]:
    """The table for a terminal, columns aligned."""
    rows = [table.head, *table.rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(table.head))]
    lines = [
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return ["", table.title, *lines, *table.notes]


def as_markdown(table: Table) -> list[str]:
    """The table as Markdown under a heading."""
    lines = [f"| {' | '.join(row)} |" for row in (table.head, *table.rows)]
    ruler = "|" + "---|" * len(table.head)
    notes = ["", " ".join(table.notes)] if table.notes else []
    return [f"## {table.title}", "", lines[0], ruler, *lines[1:], *notes, ""]


def evaluation_tables(
    *,
    goals: Sequence[Goal],
    rows: Sequence[tuple[str, FieldScore]],
    stance: StanceMeasures,
    actors: ActorMeasures,
    relevance: RelevanceMeasures | None,
    fields: Mapping[str, Mapping[str, FieldMeasures]],
    severity_levels: FieldScore | None,
    flags: Mapping[str, ClassScore],
) -> list[Table]:
    """Every table of an evaluation, the goals first."""
    tables = [
        goal_table(goals),
        _stance_table(rows),
        _class_table(stance),
        *(
            Table(f"Stance by {name}", ("", *_SCORE_HEAD), _score_rows(scores.items()))
            for name, scores in stance.parts.items()
            if name not in ("language", "kind")
        ),
        _share_table("Right stance by narrative", stance.narratives),
        _actor_table(actors),
        _coverage_table(stance.risk_coverage, stance.area_under_risk),
        _risk_table(stance.at_risk),
        _field_precision_table(stance, relevance),
    ]
    if relevance:
        tables.append(_relevance_table(relevance))
    tables.append(_heads_table(fields, severity_levels))
    if flags:
        tables.append(_flag_table(flags))
    return tables


def goal_table(goals: Sequence[Goal]) -> Table:
    """The goals beside what was measured, x 100."""
    rows = [
        (
            goal.what,
            _points(goal.value),
            _between(goal.low, goal.high, _points),
            f"{'>=' if goal.at_least else '<='} {goal.wanted:g}",
            {True: "yes", False: "no", None: "not measured"}[goal.reached],
        )
        for goal in goals
    ]
    return Table("Goals (x 100)", ("", "measured", "95 %", "goal", "reached"), rows)


def gate_tables(gates: Gates) -> list[Table]:
    """Neighbours, probes and vocabulary of the corpus."""
    near = gates.neighbours
    copies = [
        f"At or above {NEAR_COPY}: {', '.join(near.near_copies) or 'none'}.",
        f"The same text in training: {', '.join(near.copied) or 'none'}.",
    ]
    return [
        Table(
            "Nearest training text of each test text (cosine of character 4-grams)",
            ("", "cosine"),
            [(f"quantile {name}", f"{value:.3f}") for name, value in near.quantiles.items()],
            ["Test texts by tenth of cosine: " + _listed(near.tenths) + ".", *copies],
        ),
        Table(
            "Can stance be told without the text? (probes fitted on train, scored on dev)",
            ("", "n", "macro-F1", "95 %", "majority", "shuffled labels"),
            [
                (
                    probe.name,
                    str(probe.score.accuracy.n),
                    _number(probe.score.macro_f1),
                    _between(probe.score.macro_f1_low, probe.score.macro_f1_high),
                    _number(probe.majority),
                    _number(probe.shuffled),
                )
                for probe in gates.probes
            ],
        ),
        Table(
            "Vocabulary",
            ("", "texts", "words", "different", "different per 1,000", "used once"),
            [
                (
                    language,
                    str(found.texts),
                    str(found.words),
                    str(found.different),
                    _number(found.per_stretch),
                    _number(found.once),
                )
                for language, found in gates.vocabulary.items()
            ],
        ),
    ]


def agreement_table(found: Agreement) -> Table:
    """Alpha of each field and language."""
    rows = [
        (
            f"{row.field}, {row.language}",
            str(row.agreed.n),
            _number(row.alpha),
            _between(row.low, row.high),
            _number(row.agreed.value),
            _number(row.commonest),
        )
        for row in found.rows
    ]
    notes = [
        f"{found.n} texts ({found.of_corpus:.1%} of the corpus) were labelled twice.",
        f"Actors judged in one reading only: {_share(found.judged_by_one)}.",
        *([found.explanation] if found.explanation else []),
    ]
    head = ("", "n", "alpha", "95 %", "alike", "commonest value")
    return Table("Agreement of two readings (Krippendorff's alpha)", head, rows, notes)


def _stance_table(rows: Sequence[tuple[str, FieldScore]]) -> Table:
    notes = [
        "Baselines are fitted on the same parts of the corpus, dev included.",
        "Limits of macro-F1 draw groups of one idea, pair or thread again, not single items.",
    ]
    return Table(
        "Stance, on held-out items that are about aid", ("", *_SCORE_HEAD), _score_rows(rows), notes
    )


def _class_table(stance: StanceMeasures) -> Table:
    columns = sorted({label for row in stance.confusion.values() for label in row})
    rows = [
        (
            name,
            _number(score.precision.value),
            _number(score.recall.value),
            _number(score.f1),
            *(str(stance.confusion[name].get(label, 0)) for label in columns),
        )
        for name, score in stance.classes.items()
    ]
    notes = [
        f"Suspicious called positive: {_share(stance.suspicious_called_positive)};",
        f"positive called suspicious: {_share(stance.positive_called_suspicious)}.",
        "Calibration error: "
        + _listed({k: _number(v) for k, v in stance.calibration_error.items()})
        + ".",
        "Macro-F1 of the surest: "
        + _listed({k: _number(v) for k, v in stance.coverage_f1.items()})
        + ".",
    ]
    head = ("truth", "precision", "recall", "F1", *(f"called {c or 'nothing'}" for c in columns))
    return Table("Stance by class", head, rows, notes)


def _actor_table(actors: ActorMeasures) -> Table:
    shares = {"all": actors.two_actors, **actors.two_actors_by_language}
    table = _share_table("Two agencies judged differently: both right", shares)
    return Table(table.title, table.head, table.rows, ["A copied label of the text: 0 right."])


def _coverage_table(points: Sequence[RiskAt], area: float | None) -> Table:
    rows = [
        (
            f"{at.coverage:.0%}",
            str(at.wrong.n),
            _number(at.confidence),
            _number(at.wrong.value),
            _between(at.wrong.low, at.wrong.high),
            _number(at.macro_f1),
        )
        for at in points
    ]
    head = ("surest", "n", "confidence", "wrong", "95 %", "macro-F1")
    return Table("Risk and coverage of stance", head, rows, [f"Mean risk: {_number(area)}."])


def _risk_table(found: Sequence[AtRisk]) -> Table:
    rows = [
        (
            f"{at.chosen.risk:.0%}",
            _number(at.chosen.confidence),
            _number(at.accepted.value),
            _number(at.wrong.value),
            _between(at.wrong.low, at.wrong.high),
        )
        for at in found
    ]
    head = ("stated risk", "confidence", "accepted", "wrong among them", "95 %")
    notes = ["The confidence was chosen on dev; the shares are those of the part measured."]
    return Table("Stance accepted without review", head, rows, notes)


def _field_precision_table(stance: StanceMeasures, relevance: RelevanceMeasures | None) -> Table:
    named: list[tuple[str, FieldPrecision]] = [
        *(("suspicious, posts", at) for at in stance.field_posts),
        *(("suspicious, comments", at) for at in stance.field_comments),
    ]
    if relevance:
        named.append(("about aid, raw hits", relevance.field))
    rows = [
        (
            name,
            f"{at.prevalence:.0%}",
            _number(at.recall.value),
            _number(at.false_alarms.value),
            _number(at.precision),
            _number(at.precision_at_worst),
            _number(at.macro_f1),
        )
        for name, at in named
    ]
    head = ("", "prevalence", "found", "false alarms", "precision", "at worst", "macro-F1")
    notes = [
        "Assumes that each kind of text is mislabelled in the field as often as here, and that "
        "neutral and positive texts keep the corpus's proportion. At worst: from the limits of "
        "both rates."
    ]
    return Table("What to expect at the prevalence of the field", head, rows, notes)


def _relevance_table(found: RelevanceMeasures) -> Table:
    rows: list[tuple[str, ...]] = [
        ("about aid, lost by the gate", *_share_cells(found.relevant_lost)),
        ("off topic, let through", *_share_cells(found.off_topic_kept)),
    ]
    notes: list[str] = []
    if found.at_half:
        rows.append(("about aid, kept at half rejected", *_share_cells(found.at_half.recall)))
        rows.append(("off topic, gone there", *_share_cells(found.at_half.off_topic_rejected)))
        notes.append(
            f"Half rejected: threshold {found.at_half.threshold:.4f} chosen on dev, hits "
            "re-weighted so that 2 % are about aid; on this part "
            f"{_number(found.at_half.hits_rejected)} of hits go."
        )
    return Table("Relevance as a gate", ("", "k", "n", "share", "95 %"), rows, notes)


def _heads_table(
    fields: Mapping[str, Mapping[str, FieldMeasures]], severity_levels: FieldScore | None
) -> Table:
    rows = [
        (
            f"{name}, {items}",
            *_score_cells(found.score),
            _number(found.majority_accuracy),
            _number(found.majority_f1),
            _number(found.calibration_error),
        )
        for items, measures in fields.items()
        for name, found in measures.items()
    ]
    if severity_levels:
        cells = _score_cells(severity_levels)
        rows.append(("severity, four levels of suspicious items", *cells, "-", "-", "-"))
    head = ("head", *_SCORE_HEAD, "majority", "its macro-F1", "calibration error")
    return Table("All heads", head, rows)


def _flag_table(flags: Mapping[str, ClassScore]) -> Table:
    rows = [
        (
            name,
            str(score.recall.n),
            _number(score.precision.value),
            _between(score.precision.low, score.precision.high),
            _number(score.recall.value),
            _between(score.recall.low, score.recall.high),
            _number(score.f1),
        )
        for name, score in flags.items()
    ]
    return Table("Flags", ("", "n", "precision", "95 %", "recall", "95 %", "F1"), rows)


def _share_table(title: str, shares: Mapping[str, Share]) -> Table:
    rows = [(name, *_share_cells(found)) for name, found in shares.items()]
    return Table(title, ("", "k", "n", "share", "95 %"), rows)


def _share_cells(found: Share) -> tuple[str, ...]:
    return (str(found.k), str(found.n), _number(found.value), _between(found.low, found.high))


def _score_rows(rows: Iterable[tuple[str, FieldScore]]) -> list[tuple[str, ...]]:
    return [(name, *_score_cells(score)) for name, score in rows]


def _score_cells(score: FieldScore) -> tuple[str, ...]:
    found = score.accuracy
    return (
        str(found.n),
        _number(found.value),
        _between(found.low, found.high),
        _number(score.macro_f1),
        _between(score.macro_f1_low, score.macro_f1_high),
    )


def _share(found: Share) -> str:
    return f"{found.k} of {found.n} ({_between(found.low, found.high)})"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _points(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _between(
    low: float | None, high: float | None, shown: Callable[[float | None], str] = _number
) -> str:
    return "-" if low is None or high is None else f"{shown(low)} to {shown(high)}"


def _listed(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in values.items())
