"""Names of watched files, as the store may keep them: a name can tell whose posts a file holds."""

import hashlib

INBOX_SOURCE = "import:inbox"  # source of the runs that remember watched files


def file_key(name: str) -> str:
    """A fingerprint of a file's name inside the watched folder."""
    return hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()[:16]
