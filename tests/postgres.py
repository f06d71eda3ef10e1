"""A PostgreSQL server of the tests' own, from Debian's package, on a socket in a folder."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def server_programs() -> Path:
    """The folder of initdb and postgres; the newest installed version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: p.parts)
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).parent
    raise RuntimeError("PostgreSQL is missing; install it with: apt-get install postgresql")


@contextmanager
def running_server() -> Iterator[Path]:
    """Start a server that listens on a socket only; gives the socket's folder."""
    programs = server_programs()
    folder = Path(tempfile.mkdtemp(prefix="vigie-pg-"))
    data = folder / "data"
    user = _unprivileged_user(folder)
    _run(user, programs / "initdb", "-D", data, "-U", "vigie", "-A", "trust", "-E", "UTF8",
         "--locale=C.UTF-8", "--no-sync")  # fmt: skip
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    _run(user, programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
    try:
        yield folder
    finally:
        _run(user, programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


def _unprivileged_user(folder: Path) -> str | None:
    """PostgreSQL refuses root, so the package's own user runs it then."""
    if os.geteuid() != 0:
        return None
    postgres = pwd.getpwnam("postgres")
    os.chown(folder, postgres.pw_uid, postgres.pw_gid)
    folder.chmod(0o755)
    return "postgres"


def _run(user: str | None, program: Path, *arguments: object) -> None:
    subprocess.run(
        [str(program), *map(str, arguments)],
        check=True,
        user=user,
        cwd="/",
        stdout=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )
