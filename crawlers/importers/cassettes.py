"""VCR cassettes (YAML or JSON): recorded answers, each of which is a payload of its own."""

import base64
import gzip
import io
import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import IO, Any, Final

import yaml

from config.errors import InputError
from crawlers.importers.opening import GZIP_MAGIC, MIB, Limits
from crawlers.parsers.fields import as_dict, as_list

LARGEST: Final = 64 * MIB
_BEGINNINGS: Final = (b"interactions:", b"version:")
# The pure loader is the same and slower.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def is_cassette(value: Mapping[str, Any]) -> bool:
    """Whether an object is a cassette."""
    first = as_dict(next(iter(as_list(value.get("interactions"))), None))
    return "request" in first and "response" in first


def begins_as_cassette(head: bytes) -> bool:
    """Whether a YAML text that begins so can be a cassette."""
    return head.startswith(_BEGINNINGS) and b"interactions:" in head


def read_yaml_cassette(head: bytes, rest: IO[bytes], limits: Limits) -> Mapping[str, Any] | None:
    """The cassette that a YAML text is; None when it is another document."""
    most = min(LARGEST, limits.line)
    body = head + rest.read(max(most - len(head), 0) + 1)
    if len(body) > most:
        raise InputError(f"is a cassette of more than {most // MIB} MiB; take it apart")
    try:
        value = yaml.load(body, Loader=_LOADER)  # noqa: S506  a safe loader, in C
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError("is not valid YAML; record the cassette again") from error
    return value if isinstance(value, dict) and is_cassette(value) else None


def answers(cassette: Mapping[str, Any]) -> Iterator[tuple[bytes, datetime | None]]:
    """The recorded bodies, decompressed, with the moment of each answer."""
    for interaction in as_list(cassette.get("interactions")):
        response = as_dict(as_dict(interaction).get("response"))
        yield _body(as_dict(response.get("body"))), _moment(as_dict(response.get("headers")))


def _body(told: Mapping[str, Any]) -> bytes:
    body = told.get("string")
    if body is None and isinstance(told.get("base64_string"), str):
        try:
            body = base64.b64decode(told["base64_string"])
        except ValueError:
            return b""
    found = body.encode("utf-8", "replace") if isinstance(body, str) else body
    if not isinstance(found, bytes):
        return b""
    if not found.startswith(GZIP_MAGIC):
        return found
    try:
        return _unpacked(found)
    except (OSError, EOFError, zlib.error):
        return found


def _unpacked(body: bytes) -> bytes:
    return gzip.GzipFile(fileobj=io.BytesIO(body)).read(LARGEST)


def _moment(headers: Mapping[str, Any]) -> datetime | None:
    for name, values in headers.items():
        if str(name).casefold() == "date":
            try:
                moment = parsedate_to_datetime(str(next(iter(as_list(values)), values)))
            except (ValueError, TypeError, IndexError):
                return None
            return moment if moment.tzinfo else None
    return None
