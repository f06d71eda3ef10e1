"""Role codes: how the people who work with Vigie appear in the store."""

import re
from typing import Final

from config.errors import UsageError

# A name in an alert or a log would be a name in a leak.
_ROLE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,15}")


def checked_role(role: str) -> str:
    """The role code; UsageError for what may be a name."""
    if not _ROLE.fullmatch(role):
        raise UsageError(
            f"{role!r} is no role code; write letters, digits and hyphens, for example analyst-1"
        )
    return role
