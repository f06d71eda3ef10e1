"""Right answers of the X API made odd: empty pages that go on, repeated tokens, partial errors."""

from typing import Any, Final

from crawlers.sandbox.faults import Fault
from crawlers.sandbox.x_checks import Token, token_content
from crawlers.sandbox.x_vocabulary import POST
from crawlers.sandbox.x_window import Params

STRANGER: Final = "nobody_knows_it"

Json = dict[str, Any]


def made_odd(content: Json, fault: Fault | None, params: Params) -> Json:
    """The answer with what the fault does to it; only lists can be empty or repeat a token."""
    kind = None if fault is None else fault.kind
    if kind == "partial_errors":
        return content | {"errors": [*content.get("errors", ()), _stranger()]}
    if "meta" not in content:
        return content
    if kind == "no_data":
        return {"meta": {"result_count": 0}}
    if kind == "empty_page_with_token":
        return {"meta": {"result_count": 0, "next_token": _same_place(params)}}
    if kind == "repeat_token":
        return _repeating(content, params)
    return content


def _same_place(params: Params) -> str:
    """A new token that leads to the page which would have been given."""
    asked = _asked_token(params)
    content = token_content(asked) if asked else None
    if content is None:
        return str(Token("", None, 1))
    return str(Token(content["q"], content["before"], content.get("detours", 0) + 1))


def _repeating(content: Json, params: Params) -> Json:
    again = _asked_token(params) or content["meta"].get("next_token")
    if again is None:
        return content
    return content | {"meta": content["meta"] | {"next_token": again}}


def _asked_token(params: Params) -> str | None:
    return params.get("next_token") or params.get("pagination_token")


def _stranger() -> Json:
    return {
        "resource_type": "user",
        "resource_id": STRANGER,
        "parameter": "entities.mentions.username",
        "value": STRANGER,
        "title": "Forbidden",
        "detail": f"User has been suspended: [{STRANGER}].",
        "type": f"{POST.problems}resource-not-found",
    }
