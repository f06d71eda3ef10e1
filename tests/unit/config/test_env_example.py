"""`.env.example` shows every setting with its description and default, and no secret."""

import re
from pathlib import Path

from config.settings import CONFIG_DIR, Settings

ROOT = CONFIG_DIR.parent
ENTRY = re.compile(r"# (?P<description>.+)\n#(?P<name>VIGIE_[A-Z_]+)=(?P<default>.*)")


def shown_default(value):
    if value is None:
        return ""
    if isinstance(value, Path) and value.is_absolute():
        return value.relative_to(ROOT).as_posix()
    return str(value)


def test_every_setting_is_there_with_its_description_and_default():
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    shown = [(m["name"], m["description"], m["default"]) for m in ENTRY.finditer(text)]
    settings = [
        (f"VIGIE_{name.upper()}", field.description, shown_default(field.default))
        for name, field in Settings.model_fields.items()
    ]
    assert shown == settings


def test_copied_as_it_is_it_changes_no_setting(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    plain = Settings(_env_file=None)
    assert Settings(_env_file=ROOT / ".env.example") == plain


def test_uncommented_its_defaults_are_those_of_the_program(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    filled = "\n".join(f"{m['name']}={m['default']}" for m in ENTRY.finditer(text) if m["default"])
    path = tmp_path / "filled.env"
    path.write_text(filled, encoding="utf-8")
    settings, plain = Settings(_env_file=path), Settings(_env_file=None)
    for name in Settings.model_fields:
        value, wanted = getattr(settings, name), getattr(plain, name)
        if isinstance(wanted, Path):
            value, wanted = value.absolute(), wanted.absolute()
        assert value == wanted, name
