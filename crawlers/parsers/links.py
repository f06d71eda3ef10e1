"""Canonical form of a link, so that the same address shared in many ways is one object."""

import re
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

# Parameters that say who shared or clicked, not what is shown.
TRACKING = re.compile(
    r"^(utm_.*|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid|igsh|ref|ref_src|ref_url|s|t|si|"
    r"__cft__.*|__tn__|_ga|yclid|cmpid|at_.*|ns_.*|xtor|feature|share|shared)$",
    re.IGNORECASE,
)
SHIMS = {"l.facebook.com", "lm.facebook.com", "l.instagram.com"}
SAME_HOST = {
    "twitter.com": "x.com",
    "mobile.twitter.com": "x.com",
    "mobile.x.com": "x.com",
    "m.facebook.com": "facebook.com",
    "web.facebook.com": "facebook.com",
    "mbasic.facebook.com": "facebook.com",
    "fr-fr.facebook.com": "facebook.com",
    "m.youtube.com": "youtube.com",
}
X_STATUS = re.compile(r"^/[^/]+/status/(\d+)")
# Addresses that carry a person's handle: the account part is dropped, the host remains.
PROFILE_HOSTS = {"x.com", "facebook.com", "instagram.com", "tiktok.com", "threads.net", "t.me"}
MAX_LENGTH = 500


def canonical_url(url: str) -> str | None:
    """The canonical form of an address, None when it is not an http(s) address.

    Unwraps Facebook's link shim, lowers the host, drops `www.`, the fragment, a trailing slash
    and tracking parameters, sorts the rest, and takes the account out of X status addresses.
    """
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or "." not in host:
        return None
    query = parse_qsl(parts.query, keep_blank_values=True)
    if host in SHIMS and (target := dict(query).get("u")):
        return canonical_url(target)
    host = host.removeprefix("www.")
    host = SAME_HOST.get(host, host)
    path = re.sub(r"/{2,}", "/", parts.path).rstrip("/")
    if host == "x.com" and (status := X_STATUS.match(path)):
        return f"https://x.com/i/status/{status.group(1)}"
    if host == "youtu.be" and path:
        host, path, query = "youtube.com", "/watch", [("v", path.lstrip("/"))]
    kept = sorted((k, v) for k, v in query if not TRACKING.match(k))
    return urlunsplit(("https", host, path, urlencode(kept), ""))[:MAX_LENGTH]


def storable_url(url: str) -> str | None:
    """The canonical address without an account name in it, None when it names only an account."""
    canonical = canonical_url(url)
    if canonical is None:
        return None
    parts = urlsplit(canonical)
    segments = [s for s in unquote(parts.path).split("/") if s]
    if parts.hostname in PROFILE_HOSTS:
        if segments and segments[0] in {"i", "watch", "permalink.php", "reel", "events"}:
            return canonical
        numbers = [s for s in segments[1:] if s.isdigit()]
        return f"https://{parts.hostname}/i/{numbers[-1]}" if numbers else None
    return canonical
