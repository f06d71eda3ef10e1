"""Alembic's entry point; the connection is handed over by models.database.migrate."""

from alembic import context

import models  # noqa: F401  registers every table
from models.types import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata(),
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
