"""Alembic migrations of the store; models.database runs them."""
