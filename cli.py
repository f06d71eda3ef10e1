"""The `vigie` command: one verb a function, gathered from `verbs`; imports stand inside the verbs,
so that `vigie --help` answers at once.
"""

import sys

import typer

from verbs import by_hand, classifying, collecting, figures, removal, running, setting_up
from verbs.shared import fail

app = typer.Typer(
    help="Watches public posts about aid: stance, narratives, synchronised posting.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

app.add_typer(setting_up.app)
app.add_typer(collecting.app)
app.add_typer(collecting.watchlist, name="watchlist")
app.add_typer(figures.app)
app.add_typer(figures.coordination, name="coordination")
app.add_typer(figures.report, name="report")
app.add_typer(figures.alerts, name="alerts")
app.add_typer(running.app)
app.add_typer(running.operations, name="ops")
app.add_typer(by_hand.post, name="post")
app.add_typer(by_hand.sighting, name="sighting")
app.add_typer(by_hand.history, name="history")
app.add_typer(removal.compliance, name="compliance")
app.add_typer(removal.purge, name="purge")
app.add_typer(removal.optout, name="optout")
app.add_typer(classifying.app)


def main() -> None:
    """Entry point: expected errors are one line on stderr and the error's own exit code."""
    from config.errors import VigieError

    try:
        app(prog_name="vigie")
    except VigieError as error:
        sys.exit(fail(str(error), error.exit_code))
    except KeyboardInterrupt:
        sys.exit(fail("interrupted; what was committed is kept", 130))


if __name__ == "__main__":
    main()
