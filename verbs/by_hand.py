"""Posts, sightings and past counts that people add."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from verbs.shared import Json, Role, Told, moment_of, open_deployment, table_of, tell, tell_json

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from crawlers.by_hand.desk import Desk

post = typer.Typer(help="Public posts added by hand; what nobody has read.", no_args_is_help=True)
sighting = typer.Typer(help="Things heard elsewhere, never counted.", no_args_is_help=True)
history = typer.Typer(help="Past counts made by others, never mixed in.", no_args_is_help=True)


@post.command(name="add")
def post_add(
    platform: Annotated[Told, typer.Option(help="facebook or x.")] = None,
    kind: Annotated[Told, typer.Option(help="post (default) or comment.")] = None,
    time: Annotated[Told, typer.Option(help="2024-09-11 14:30 (Bamako), or the day alone.")] = None,
    place: Annotated[Told, typer.Option(help="Place it names, by name or id, or none.")] = None,
    language: Annotated[Told, typer.Option(help="fr, en, bm, ff, ses, taq, dog, ar.")] = None,
    form: Annotated[Told, typer.Option(help="text, image, video, audio, screenshot, card.")] = None,
    text: Annotated[Told, typer.Option(help="What it says in your own words; - is stdin.")] = None,
    agency: Annotated[Told, typer.Option(help="Agencies it names, commas between.")] = None,
    page: Annotated[Told, typer.Option(help="Register id of the page, or unregistered.")] = None,
    url: Annotated[Told, typer.Option(help="Its address: keyed, never kept.")] = None,
    under: Annotated[Told, typer.Option(help="Id of the post a comment stands under.")] = None,
    basis: Annotated[
        Told, typer.Option(help="public_page, public_group, page_owner, partner, press.")
    ] = None,
    role: Annotated[Told, typer.Option(help="Your role code, for example analyst-1.")] = None,
    as_json: Json = False,
) -> None:
    """Add a public post you saw, in your own words; on a terminal it asks for what is missing.

    Example: vigie post add --platform facebook --time "2024-09-11 14:30" --place Konna --language
    fr --form image --text "Une photo dit que des vivres sont vendus" --basis public_page --role a-1
    """
    from crawlers.by_hand import forms, posts

    given = {
        "platform": platform,
        "kind": kind,
        "time": time,
        "place": place,
        "language": language,
        "form": form,
        "text": _text_of(text),
        "agency": agency,
        "page": page,
        "url": url,
        "basis": basis,
        "role": role,
    }
    with _desk() as desk:
        answers = _completed(given, forms.post_questions(desk))
        added = posts.add_post(desk, forms.told_post(desk, answers, under))
    _tell_added(added.as_dict(), f"post {added.post_id}, {added.time}", as_json)


@post.command(name="list")
def post_list(
    since: Annotated[str | None, typer.Option(help="RFC 3339, of the post.")] = None,
    as_json: Json = False,
) -> None:
    """List the posts people added, newest first.

    Example: vigie post list --since 2024-09-01T00:00:00Z
    """
    from crawlers.by_hand.posts import listed_posts
    from models.database import read_session

    with read_session(open_deployment().engine) as session:
        rows = listed_posts(session, moment_of("--since", since))
    tell_json(rows) if as_json else tell(table_of(rows) or "no post was added by hand")


@post.command(name="remove")
def post_remove(
    post_id: Annotated[str, typer.Argument(help="Id, or its first characters.")],
    role: Role,
    why: Annotated[str, typer.Option(help="mistake, duplicate, not_public, request, risk.")],
) -> None:
    """Take back a post added by hand, for seven days; who, when and why is logged.

    Example: vigie post remove 3f2a9c1b --role analyst-1 --why duplicate
    """
    from crawlers.by_hand.posts import remove_post

    with _desk() as desk:
        removed = remove_post(desk, post_id, role=role, reason=why)
    tell(f"removed {removed}")


@post.command(name="transcribe")
def post_transcribe(
    post_id: Annotated[str, typer.Argument(help="Id, or its first characters.")],
    role: Role,
    text: Annotated[str, typer.Option(help="What is seen and said; - is stdin.")] = "-",
) -> None:
    """Write down what a picture, video or sound says, so that the post is read.

    Example: vigie post transcribe 3f2a9c1b --role analyst-1 --text "Une affiche annonce .."
    """
    from crawlers.by_hand.transcripts import transcribe

    written = _text_of(text)
    with _desk() as desk:
        done = transcribe(desk, post_id, written or "", role=role)
    tell(f"transcribed {done}; `vigie classify` reads it")


@post.command(name="unread")
def post_unread(
    form: Annotated[str | None, typer.Option(help="photo, video, audio, no_text, text.")] = None,
    language: Annotated[str | None, typer.Option(help="fr, bm .., or unknown.")] = None,
    as_json: Json = False,
) -> None:
    """List what nobody has read, with the platform's captions, counted by form and language.

    Example: vigie post unread --form video
    """
    from crawlers.by_hand.transcripts import unread_counts, unread_posts
    from models.database import read_session

    with read_session(open_deployment().engine) as session:
        found = unread_posts(session, form=form, language=language)
    counts = unread_counts(found)
    if as_json:
        tell_json({"counts": counts, "posts": [one.as_dict() for one in found]})
    elif found:
        tell(f"{table_of(counts)}\n\n{table_of([one.as_row() for one in found])}")
    else:
        filtered = form is not None or language is not None
        tell("nothing unread of that kind" if filtered else "everything has been read")


@post.command(name="similar")
def post_similar(
    post_id: Annotated[str, typer.Argument(help="Id, or its first characters.")],
    as_json: Json = False,
) -> None:
    """Say whether a post's pictures were used before, by their fingerprints.

    Example: vigie post similar 3f2a9c1b
    """
    from crawlers.by_hand.reuse import picture_reuse
    from models.database import read_session

    with read_session(open_deployment().engine) as session:
        found = picture_reuse(session, post_id)
    if as_json:
        tell_json(found.as_dict())
    else:
        tell(f"earlier use: {found.earlier_use}\n{table_of(list(found.others))}")


@sighting.command(name="add")
def sighting_add(
    channel: Annotated[Told, typer.Option(help="whatsapp, telegram, tiktok, radio ..")] = None,
    form: Annotated[
        Told, typer.Option(help="voice, spoken, broadcast, text, image, video.")
    ] = None,
    date: Annotated[Told, typer.Option(help="Day it was heard.")] = None,
    place: Annotated[Told, typer.Option(help="Place, by name or id, or none.")] = None,
    village: Annotated[Told, typer.Option(help="A village that the register lacks.")] = None,
    language: Annotated[Told, typer.Option(help="fr, en, bm, ff, ses, taq, dog, ar.")] = None,
    text: Annotated[Told, typer.Option(help="What was said in your own words; - is stdin.")] = None,
    agency: Annotated[Told, typer.Option(help="Agency it names.")] = None,
    narrative: Annotated[Told, typer.Option(help="Code of the codebook.")] = None,
    reporter: Annotated[Told, typer.Option(help="Function of who heard it: driver ..")] = None,
    basis: Annotated[Told, typer.Option(help="told, heard, broadcast or partner.")] = None,
    role: Annotated[Told, typer.Option(help="Your role code, for example analyst-1.")] = None,
    as_json: Json = False,
) -> None:
    """Record something heard on WhatsApp, radio, at a market ..; it is never counted with posts.

    Example: vigie sighting add --channel whatsapp --form voice --date 2024-09-11 --place Konna
    --language ff --text "Une note vocale dit que .." --reporter driver --basis told --role a-1
    """
    from crawlers.by_hand import forms, sightings

    given = {
        "channel": channel,
        "form": form,
        "date": date,
        "place": place,
        "village": village,
        "language": language,
        "text": _text_of(text),
        "agency": agency,
        "narrative": narrative,
        "reporter": reporter,
        "basis": basis,
        "role": role,
    }
    deployment = open_deployment()
    codebook = deployment.codebook
    with _desk() as desk:
        answers = _completed(given, forms.sighting_questions(desk, codebook))
        added = sightings.add_sighting(desk, forms.told_sighting(desk, answers, codebook))
    _tell_added(added.as_dict(), f"sighting {added.number}", as_json)


@sighting.command(name="list")
def sighting_list(
    since: Annotated[str | None, typer.Option(help="RFC 3339, of the day heard.")] = None,
    as_json: Json = False,
) -> None:
    """List sightings, newest first.

    Example: vigie sighting list --since 2024-09-01T00:00:00Z
    """
    from crawlers.by_hand.sightings import listed_sightings
    from models.database import read_session

    moment = moment_of("--since", since)
    with read_session(open_deployment().engine) as session:
        rows = listed_sightings(session, moment.date() if moment else None)
    tell_json(rows) if as_json else tell(table_of(rows) or "no sighting")


@sighting.command(name="remove")
def sighting_remove(
    number: Annotated[int, typer.Argument(help="Number, as `vigie sighting list` shows it.")],
    role: Role,
    why: Annotated[str, typer.Option(help="mistake, duplicate, not_public, request, risk.")],
) -> None:
    """Take back a sighting, for seven days; who, when and why is logged.

    Example: vigie sighting remove 12 --role analyst-1 --why mistake
    """
    from crawlers.by_hand.sightings import remove_sighting

    with _desk() as desk:
        remove_sighting(desk, number, role=role, reason=why)
    tell(f"removed sighting {number}")


@history.command(name="import")
def history_import(
    path: Annotated[Path, typer.Argument(help="Excel workbook (.xlsx).")],
    label: Annotated[str, typer.Option(help="What these counts are, shown wherever they are.")],
    sheet: Annotated[
        str | None, typer.Option(help="Name of the sheet; default: the first.")
    ] = None,
    column_map: Annotated[
        Path | None, typer.Option("--map", help="YAML: field: header, or field: =value.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace changed figures.")] = False,
    keep_differences: Annotated[
        bool, typer.Option("--keep-differences", help="Keep sums that do not hold, with a note.")
    ] = False,
    role: Annotated[str, typer.Option(help="Your role code, for the log.")] = "operator",
    as_json: Json = False,
) -> None:
    """Bring in past quarterly counts from a workbook, quarters as rows or as columns.

    Example: vigie history import 2023-2024.xlsx --label "Bilans 2023-2024"
    """
    from crawlers.past_counts.headers import load_map
    from crawlers.past_counts.store import import_history
    from models.database import open_session

    deployment = open_deployment()
    with open_session(deployment.engine) as session:
        made = import_history(
            session,
            path,
            label=label,
            columns=load_map(column_map) if column_map else {},
            sheet=sheet,
            replace=replace,
            keep_differences=keep_differences,
            role=role,
            now=deployment.settings.clock(),
        )
    if as_json:
        tell_json(made.as_dict())
    else:
        tell("\n".join(f"kept: {one}" for one in made.differences) or f"sums hold in {made.sheet}")
        tell(f"{label}: {made.new} new, {made.known} known, {made.replaced} replaced")


@history.command(name="list")
def history_list(as_json: Json = False) -> None:
    """List the histories: label, periods, number of counts.

    Example: vigie history list
    """
    from crawlers.past_counts.store import listed_histories
    from models.database import read_session

    with read_session(open_deployment().engine) as session:
        rows = listed_histories(session)
    tell_json(rows) if as_json else tell(table_of(rows) or "no history was imported")


@history.command(name="export")
def history_export(
    label: Annotated[str, typer.Option(help="As `vigie history list` shows it.")],
    out: Annotated[str, typer.Option(help="CSV to write; - is stdout.")] = "-",
    as_json: Json = False,
) -> None:
    """Write the counts of one history as CSV, its label on every row.

    Example: vigie history export --label "Bilans 2023-2024" --out history.csv
    """
    import csv
    import io

    from crawlers.past_counts.store import exported_history
    from models.database import read_session

    with read_session(open_deployment().engine) as session:
        rows = exported_history(session, label)
    if as_json:
        tell_json(rows)
        return
    table = io.StringIO()
    writer = csv.DictWriter(table, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    if out == "-":
        tell(table.getvalue())
        return
    _publish_text(Path(out), table.getvalue())
    tell(out)


def _publish_text(path: Path, text: str) -> None:
    from config.errors import InputError
    from pipelines.outputs import publish

    try:
        publish([(path, text.encode())])
    except OSError as error:
        raise InputError(f"cannot write {path} ({error.strerror})") from error


def _desk() -> "AbstractContextManager[Desk]":
    from crawlers.by_hand.desk import open_desk

    deployment = open_deployment()
    return open_desk(
        deployment.engine,
        keyring=deployment.keyring,
        watchlist=deployment.watchlist,
        places=deployment.places,
        agencies=deployment.agencies,
        now=deployment.settings.clock(),
    )


def _completed(given: dict[str, str | None], questions: Any) -> dict[str, str]:
    """The answers, asked for on a terminal where options lack, and shown before they are kept."""
    from crawlers.by_hand.questions import complete

    ask = _ask if sys.stdin.isatty() else None
    return complete(given, questions, ask, _say)


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


def _ask(prompt: str) -> str | None:
    """One line typed on the terminal; None at its end. Stdout is left to the result."""
    sys.stderr.write(prompt)
    sys.stderr.flush()
    line = sys.stdin.readline()
    return line if line else None


def _text_of(value: str | None) -> str | None:
    return sys.stdin.read() if value == "-" else value


def _tell_added(result: dict[str, Any], what: str, as_json: bool) -> None:
    if as_json:
        tell_json(result)
        return
    for warning in result["warnings"]:
        sys.stderr.write(f"vigie: {warning}\n")
    known = result["status"] == "known"
    tell(f"already there, nothing added: {what}" if known else f"added {what}")
