"""Posts that are not kept although they came: their authors asked not to be collected."""

from collections.abc import Callable
from dataclasses import replace

from crawlers.parsers.items import ParsedPage, PostItem

OptedOut = Callable[[str, str | None], bool]  # platform, account id


def without_opted_out(parsed: ParsedPage, opted_out: OptedOut) -> tuple[ParsedPage, int]:
    """The page without posts of those accounts and without reposts of them; how many those are."""
    refused = {
        (item.platform, item.platform_id)
        for item in parsed.posts
        if opted_out(item.platform, item.account_id)
    }
    if not refused:
        return parsed, 0
    kept = tuple(item for item in parsed.posts if not _names(item) & refused)
    return replace(parsed, posts=kept), len(parsed.posts) - len(kept)


def _names(item: PostItem) -> set[tuple[str, str]]:
    """The post, and the one whose text it repeats."""
    ids = (item.platform_id, item.reposted_platform_id)
    return {(item.platform, one) for one in ids if one is not None}
