"""Deletion duties: compliance, purge, opt-outs."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from verbs.shared import Json, Role, fail, open_deployment, table_of, tell, tell_json

if TYPE_CHECKING:
    from pipelines.deployment import Deployment

compliance = typer.Typer(help="Deletions on the platforms, followed here.", no_args_is_help=True)
purge = typer.Typer(help="Remove content for good, and the log of what was removed.")
optout = typer.Typer(help="Accounts that asked not to be collected.", no_args_is_help=True)


@compliance.command(name="sync")
def compliance_sync(as_json: Json = False) -> None:
    """Ask the platform which stored posts it no longer shows, and remove their content.

    Example: vigie compliance sync --json
    """
    from crawlers.commands import ask_compliance

    deployment = open_deployment()
    asked = ask_compliance(deployment.settings)
    _apply_states(deployment, as_json=as_json, asked=asked)
    if asked is not None and asked["status"] != "done":
        ended = f"{asked['source']} ended as {asked['status']}: {asked['reason']}"
        raise typer.Exit(fail(ended, 1))


@compliance.command(name="apply")
def compliance_apply(as_json: Json = False) -> None:
    """Remove the content of posts known to be gone, without asking the platform again.

    Example: vigie compliance apply
    """
    _apply_states(open_deployment(), as_json=as_json, asked=None)


def _apply_states(deployment: "Deployment", *, as_json: bool, asked: dict[str, Any] | None) -> None:
    from pipelines.compliance import apply_states

    applied = apply_states(deployment, now=deployment.settings.clock())
    tell_json({"asked": asked, **applied.as_dict()}) if as_json else tell(str(applied))


@purge.callback(invoke_without_command=True)
def purge_content(
    context: typer.Context,
    platform: Annotated[str | None, typer.Option(help="All of one platform.")] = None,
    post: Annotated[str | None, typer.Option(help="One post, by its id in the store.")] = None,
    older_than: Annotated[int | None, typer.Option(help="Posts received so many days ago.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only say what goes.")] = False,
    role: Role = "operator",
    as_json: Json = False,
) -> None:
    """Remove content of posts everywhere, keeping counts and labels; says only what goes until
    --yes is given.

    Example: vigie purge --platform x --yes --role operator-1
    """
    from pipelines.purge import Selection, carry_out_purge, plan_purge

    if context.invoked_subcommand is not None:
        return
    selection = Selection(platform, post, older_than)
    deployment = open_deployment()
    now = deployment.settings.clock()
    result = (
        carry_out_purge(deployment, selection, role=role, now=now)
        if yes
        else plan_purge(deployment, selection, now=now)
    )
    tell_json(result.as_dict()) if as_json else tell(str(result))


@purge.command(name="find")
def purge_find(
    address_file: Annotated[
        str, typer.Option(help="Addresses of posts, one a line; - is stdin, best for privacy.")
    ],
    as_json: Json = False,
) -> None:
    """Say which stored posts addresses lead to, so that `vigie purge --post` can remove them.

    Example: vigie purge find --address-file -
    """
    from config.errors import InputError
    from crawlers.finding import find_posts
    from models.database import read_session

    try:
        given = sys.stdin.read() if address_file == "-" else Path(address_file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {address_file} ({type(error).__name__})") from error
    deployment = open_deployment()
    with read_session(deployment.engine) as session:
        rows = [one.as_row() for one in find_posts(session, deployment.keyring, given.splitlines())]
    tell_json(rows) if as_json else tell(table_of(rows) or "no address was given")


@purge.command(name="log")
def purge_log(
    verify: Annotated[bool, typer.Option("--verify", help="Check the chain of hashes.")] = False,
    holds: Annotated[
        str | None, typer.Option(help="Hash of an entry noted elsewhere, which must be there.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List what was removed, when and by whom; --verify exits 1 when the log was changed.

    Example: vigie purge log --verify
    """
    from pipelines.removal.log import check_log, log_rows

    deployment = open_deployment()
    if not verify and holds is None:
        rows = log_rows(deployment)
        tell_json(rows) if as_json else tell(table_of(rows) or "nothing has been removed yet")
        return
    check = check_log(deployment, holds)
    tell_json(check.as_dict()) if as_json else tell(str(check))
    if not check.sound:
        raise typer.Exit(1)


@optout.command(name="add")
def optout_add(
    platform: Annotated[str, typer.Option(help="facebook or x")],
    account_id_file: Annotated[
        str, typer.Option(help="File that holds the account's id, or - for stdin.")
    ],
    role: Role = "operator",
    as_json: Json = False,
) -> None:
    """Stop collecting an account and remove what is stored of it; only a hash of it is kept.

    Example: vigie optout add --platform x --account-id-file -
    """
    from pipelines.opt_outs import opt_out, read_account_id

    account_id = read_account_id(account_id_file)
    deployment = open_deployment()
    done = opt_out(deployment, platform, account_id, role=role, now=deployment.settings.clock())
    tell_json(done.as_dict()) if as_json else tell(str(done))


@optout.command(name="list")
def optout_list(as_json: Json = False) -> None:
    """List the accounts that opted out, by hash.

    Example: vigie optout list
    """
    from pipelines.opt_outs import opt_out_rows

    rows = opt_out_rows(open_deployment())
    tell_json(rows) if as_json else tell(table_of(rows) or "no account has opted out")


@optout.command(name="remove")
def optout_remove(
    prefix: Annotated[str, typer.Argument(help="First digits of the hash, at least eight.")],
) -> None:
    """Let an account be collected again; what was removed does not come back.

    Example: vigie optout remove 3f5a90c2
    """
    from pipelines.opt_outs import opt_back_in

    tell(f"{opt_back_in(open_deployment(), prefix)} is collected again")
