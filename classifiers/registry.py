"""Where the checkpoint `name@revision` lies."""

import json
import re
from pathlib import Path
from typing import Final

from config.errors import InputError

CHECKPOINTS_DIR: Final = Path(__file__).parent / "checkpoints"
NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]*@[a-z0-9][a-z0-9.-]*")


def checkpoint_folder(name_or_path: str, registry_dir: Path | None = None) -> tuple[Path, str]:
    """Folder and `name@revision` of a checkpoint, by its name or the path of its folder.

    InputError when there is none of that name or revision; it lists those there are.
    """
    registry = registry_dir or CHECKPOINTS_DIR
    if NAME.fullmatch(name_or_path):
        folder = registry / name_or_path
        if folder.is_dir():
            return folder, name_or_path
    elif Path(name_or_path).is_dir():
        return Path(name_or_path), _manifest_name(Path(name_or_path))
    known = ", ".join(list_checkpoints(registry)) or "none"
    raise InputError(
        f"no checkpoint {name_or_path!r}; name a folder or one of those in {registry}: {known}"
    )


def list_checkpoints(registry_dir: Path | None = None) -> list[str]:
    """Names `name@revision` of the checkpoints in a registry folder, sorted."""
    registry = registry_dir or CHECKPOINTS_DIR
    if not registry.is_dir():
        return []
    return sorted(path.name for path in registry.iterdir() if NAME.fullmatch(path.name))


def _manifest_name(folder: Path) -> str:
    try:
        name = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["name"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{folder}: no manifest.json with a name there; give the folder of a checkpoint"
        ) from error
    return str(name)
