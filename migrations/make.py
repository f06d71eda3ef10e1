"""A new migration from the difference between the tables and the newest migration.

`make migration NAME="what changes"`; read the file it writes before you commit it.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from models.database import MIGRATIONS, alembic_config, make_engine, migrate


def make_migration(name: str) -> str:
    """Write the next numbered migration; gives its path."""
    number = len(list(ScriptDirectory(str(MIGRATIONS)).walk_revisions())) + 1
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{Path(folder) / 'empty.sqlite'}")
        migrate(engine)
        with engine.begin() as connection:
            config = alembic_config()
            config.attributes["connection"] = connection
            script = command.revision(config, name, autogenerate=True, rev_id=f"{number:04d}")
        engine.dispose()
    return str(getattr(script, "path", ""))


if __name__ == "__main__":
    if not sys.argv[1:] or not sys.argv[1].strip():
        sys.exit('say what changes: make migration NAME="add column x to post"')
    sys.stdout.write(make_migration(sys.argv[1]) + "\n")
