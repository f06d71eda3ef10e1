"""Canonical form of a link, so that the same address shared in many ways is one object."""

import hashlib
import re
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

# Parameters that say who shared or clicked, not what is shown.
TRACKING = re.compile(
    r"^(utm_.*|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid|igsh|ref|ref_src|ref_url|"
    r"__cft__.*|__tn__|_ga|yclid|cmpid|at_.*|ns_.*|xtor|share|shared)$",
    re.IGNORECASE,
)
# Elsewhere these short names may say what is shown (a forum's ?t= is its topic).
TRACKING_OF_HOST = {
    "x.com": {"s", "t"},
    "facebook.com": {"s", "mibextid", "rdid", "sfnsn"},
    "youtube.com": {"t", "si", "feature", "ab_channel", "pp"},
    "instagram.com": {"hl"},
    "open.spotify.com": {"si"},
}
# They lead elsewhere, to the address in their parameter u, and carry a code of who clicked.
SHIMS = {"l.facebook.com", "lm.facebook.com", "l.instagram.com", "l.messenger.com"}
SHIM_PATHS = {"/l.php", "/flx/warn"}
SAME_HOST = {
    "twitter.com": "x.com",
    "mobile.twitter.com": "x.com",
    "mobile.x.com": "x.com",
    "m.facebook.com": "facebook.com",
    "web.facebook.com": "facebook.com",
    "mbasic.facebook.com": "facebook.com",
    "fr-fr.facebook.com": "facebook.com",
    "m.youtube.com": "youtube.com",
    "vm.tiktok.com": "tiktok.com",
    "telegram.me": "t.me",
    "fb.com": "facebook.com",
}
X_STATUS = re.compile(r"^/[^/]+/status(?:es)?/(\d+)|^/i/web/status/(\d+)")
# Addresses that carry a person's handle: the account part is dropped, the host remains.
PROFILE_HOSTS = {"x.com", "facebook.com", "instagram.com", "tiktok.com", "threads.net", "t.me"}
# Addresses of these hosts open a conversation with one person or number.
CONTACT_HOSTS = {"wa.me", "api.whatsapp.com", "web.whatsapp.com", "m.me", "fb.me"}
# First path segments after which these hosts name a thing, not an account.
THINGS = {
    "x.com": {"i"},
    "facebook.com": {"watch", "reel", "events", "share"},
    "instagram.com": {"p", "reel", "tv"},
}
# A path that begins with these, or whose last number follows one, leads to an account or group.
ACCOUNT_PATHS = {"people", "profile.php", "stories"}
ACCOUNT_WORDS = ACCOUNT_PATHS | {"user", "groups"}
POST_PARAMETERS = ("story_fbid", "fbid")
OTHER_PROFILE = re.compile(
    r"/(?:user|author|profile|u)/[^/]+|linkedin\.com/in/|youtube\.com/c/", re.IGNORECASE
)
NESTED_PROFILE = re.compile(
    r"(?<![\w-])(?:(?:x|twitter|facebook|instagram|tiktok)\.com|threads\.net|t\.me|wa\.me|m\.me|fb\.me|"
    r"api\.whatsapp\.com)/",
    re.IGNORECASE,
)
# A Malian number as the value of a parameter; %2B and + have become a plus sign or a space.
PHONE_VALUE = re.compile(r"(?:(?:[+ ]|00)? ?223[ .-]?[2-9]\d|[5-9]\d)(?:[ .-]?\d{2}){3}", re.ASCII)
HIDDEN_VALUE = "tel"
STATUS_ADDRESS = re.compile(r"https://(x\.com/i/status|facebook\.com/i)/(\d+)")
MAX_LENGTH = 500
DIGEST_LENGTH = 16


def canonical_url(url: str) -> str | None:
    """The canonical form of an address, None when it is not an http(s) address.

    Unwraps Facebook's link shim, lowers the host, drops `www.`, the fragment, a trailing slash
    and tracking parameters, sorts the rest, and takes the account out of X status addresses.
    """
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").lower()
        query = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or "." not in host:
        return None
    path = re.sub(r"/{2,}", "/", parts.path).rstrip("/")
    if host in SHIMS or (path in SHIM_PATHS and _one_host(host) == "facebook.com"):
        return canonical_url(dict(query).get("u", ""))
    host = _one_host(host)
    if host == "x.com" and (status := X_STATUS.match(path)):
        return f"https://x.com/i/status/{status.group(1) or status.group(2)}"
    if host == "youtu.be" and path:
        host, path, query = "youtube.com", "/watch", [("v", path.lstrip("/"))]
    kept = sorted((k, v) for k, v in query if not _is_tracking(k, host))
    address = urlunsplit(("https", host, path, urlencode(kept, errors="replace"), ""))
    return _shortened(address)


@lru_cache(maxsize=8192)  # a link stands in many posts, and twice in each
def storable_url(url: str) -> str | None:
    """The canonical address without an account name in it, None when it names only an account."""
    canonical = canonical_url(url)
    if canonical is None:
        return None
    parts = urlsplit(canonical)
    path = unquote(parts.path)
    if parts.hostname in CONTACT_HOSTS:
        return None
    if parts.hostname in PROFILE_HOSTS:
        return _thing_on(parts.hostname, path, parts.query, canonical)
    told = f"{path}?{unquote(parts.query)}"
    if "@" in told or NESTED_PROFILE.search(told):
        return None
    if OTHER_PROFILE.search(f"{parts.hostname}{path}"):
        return None
    return _without_phones(canonical, parts.query)


def status_id(address: str) -> tuple[str, str] | None:
    """Address up to the id, and the id, of a storable address that leads to one post."""
    found = STATUS_ADDRESS.fullmatch(address)
    return (f"https://{found.group(1)}/", found.group(2)) if found else None


def _thing_on(host: str, path: str, query: str, canonical: str) -> str | None:
    """The post or event that an address on a social platform shows, without whose it is."""
    segments = [segment for segment in path.split("/") if segment]
    post = next((v for k, v in parse_qsl(query) if k in POST_PARAMETERS and v.isdigit()), None)
    if host == "facebook.com" and post:
        return f"https://{host}/i/{post}"
    # Telegram numbers its messages within each channel, so a number alone is no address.
    if not segments or segments[0] in ACCOUNT_PATHS or host == "t.me":
        return None
    if ACCOUNT_WORDS & {*segments[-2:-1]}:
        return None
    if segments[0] in THINGS.get(host, ()) and "@" not in path:
        return canonical
    numbers = [segment for segment in segments[1:] if segment.isdigit()]
    return f"https://{host}/i/{numbers[-1]}" if numbers else None


def _without_phones(canonical: str, query: str) -> str:
    values = parse_qsl(query, keep_blank_values=True)
    if not any(PHONE_VALUE.fullmatch(value) for _, value in values):
        return canonical
    kept = [(k, HIDDEN_VALUE if PHONE_VALUE.fullmatch(v) else v) for k, v in values]
    return canonical.replace(f"?{query}", f"?{urlencode(kept, errors='replace')}")


def _one_host(host: str) -> str:
    host = host.removeprefix("www.")
    return SAME_HOST.get(host, host)


def _is_tracking(name: str, host: str) -> bool:
    return bool(TRACKING.match(name)) or name in TRACKING_OF_HOST.get(host, ())


def _shortened(address: str) -> str:
    """A long address cut, with a digest so that two long ones stay two."""
    if len(address) <= MAX_LENGTH:
        return address
    digest = hashlib.sha256(address.encode(errors="replace")).hexdigest()[:DIGEST_LENGTH]
    return f"{address[: MAX_LENGTH - DIGEST_LENGTH - 1]}~{digest}"
