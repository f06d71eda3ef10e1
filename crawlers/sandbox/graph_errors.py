"""Errors of the Graph API: told apart by their code, whatever the status."""

from typing import Any, Final

TRANSIENT_CODES: Final = frozenset({1, 2})
LIMIT_CODES: Final = frozenset({4, 17, 32, 341, 613, 80001})
_OAUTH: Final = "OAuthException"
_EXPIRED: Final = "Error validating access token: Session has expired."

# What the Graph API says to each code when no better reason is known.
_MESSAGES: Final = {
    1: "Please reduce the amount of data you're asking for, then retry your request",
    2: "Service temporarily unavailable",
    3: "Application does not have the capability to make this API call.",
    4: "Application request limit reached",
    10: "Application does not have permission for this action",
    17: "User request limit reached",
    32: "Page request limit reached",
    100: "Invalid parameter",
    102: "Session key invalid or no longer valid",
    190: "Invalid OAuth access token.",
    200: "Permissions error",
    341: "Feature temporarily blocked: application limit reached",
    368: "The action attempted has been deemed abusive or is otherwise disallowed",
    613: "Calls to this api have exceeded the rate limit.",
    803: "Some of the aliases you requested do not exist",
    80001: "There have been too many calls to this Page account. Wait a bit and try again.",
}
_OF_SUBCODE: Final = {
    (190, 458): "Error validating access token: The user has not authorized application.",
    (190, 459): "Error validating access token: The user is enrolled in a checkpoint.",
    (190, 460): "Error validating access token: The session has been changed by the user.",
    (190, 463): _EXPIRED,
    (190, 467): "Error validating access token: The session was invalidated.",
    (613, 1996): "Inconsistent volume of requests.",
}
_WITHOUT_NUMBER: Final = frozenset({1, 2, 190})


class GraphError(ValueError):
    """An error object of the Graph API."""

    def __init__(self, code: int, message: str | None = None, subcode: int | None = None) -> None:
        usual = _MESSAGES.get(code, "An unknown error occurred")
        super().__init__(message or _OF_SUBCODE.get((code, subcode or 0), usual))
        self.code = code
        self.subcode = subcode


def error_body(error: GraphError) -> dict[str, Any]:
    """An error object as the Graph API writes it."""
    shown = str(error) if error.code in _WITHOUT_NUMBER else f"(#{error.code}) {error}"
    is_method = error.code == 100 and error.subcode  # noqa: PLR2004
    content: dict[str, Any] = {
        "message": shown,
        "type": "GraphMethodException" if is_method else _OAUTH,
        "code": error.code,
        "fbtrace_id": "AStandIn0fbtrace",
    }
    if error.subcode is not None:
        content["error_subcode"] = error.subcode
    if error.code in TRANSIENT_CODES | LIMIT_CODES:
        content["is_transient"] = error.code in TRANSIENT_CODES
    return {"error": content}


def unknown_object(object_id: str) -> GraphError:
    """The error for an object that does not exist, or not any more."""
    return GraphError(
        100,
        f"Unsupported get request. Object with ID '{object_id}' does not exist, cannot be loaded "
        "due to missing permissions, or does not support this operation",
        subcode=33,
    )
