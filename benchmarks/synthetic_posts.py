"""Invented posts as twarc keeps them, for measuring imports: raw responses and flattened posts."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

FIRST_ID = 1_780_000_000_000_000_000
BEGIN = datetime(2024, 9, 1, tzinfo=UTC)
WORDS = tuple(
    word
    for line in (
        "eau riz distribution camp Mopti Gao Sévaré aide soutien marché route pluie vivres",
        "santé centre équipe matin village liste familles merci pourquoi jamais encore toujours",
    )
    for word in line.split()
)
PER_RESPONSE = 100


def author(number: int) -> dict[str, object]:
    """One invented account."""
    return {
        "id": str(10_000_000 + number),
        "username": f"compte_{number}",
        "name": f"Compte {number} Inventé",
        "created_at": "2015-03-01T10:00:00.000Z",
        "description": "Compte inventé pour une mesure.",
        "public_metrics": {
            "followers_count": number % 5000,
            "following_count": number % 700,
            "tweet_count": number % 9000,
            "listed_count": number % 9,
        },
        "verified": False,
        "protected": False,
        "profile_image_url": f"https://images.example/{number}.jpg",
    }


def post(number: int, chance: random.Random) -> dict[str, object]:
    """One invented post of API v2, as a search returns it."""
    own = str(FIRST_ID + number * 4_000_000)
    text = " ".join(chance.choices(WORDS, k=18))
    entities: dict[str, object] = {}
    if number % 3 == 0:
        address = f"https://journal.example/{number % 5000}"
        entities["urls"] = [
            {"start": 0, "end": 23, "url": "https://t.co/abcdefghij", "expanded_url": address,
             "display_url": address[8:], "unwound_url": address + "?utm_source=x", "status": 200}
        ]  # fmt: skip
    if number % 4 == 0:
        named = number % 977
        entities["mentions"] = [
            {"start": 0, "end": 9, "username": f"compte_{named}", "id": str(10_000_000 + named)}
        ]
    return {
        "id": own,
        "text": text,
        "created_at": (BEGIN + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "author_id": str(10_000_000 + number % 20_000),
        "conversation_id": own,
        "lang": "fr",
        "public_metrics": {
            "retweet_count": number % 7,
            "reply_count": number % 3,
            "like_count": number % 40,
            "quote_count": 0,
            "impression_count": number % 900,
        },
        "edit_history_tweet_ids": [own],
        "edit_controls": {
            "edits_remaining": 5,
            "is_edit_eligible": True,
            "editable_until": "2024-09-01T01:00:00.000Z",
        },
        "possibly_sensitive": False,
        "reply_settings": "everyone",
        "source": "Twitter Web App",
        "entities": entities,
        "context_annotations": [
            {"domain": {"id": "46", "name": "Business"}, "entity": {"id": "1", "name": "Aid"}}
        ],
    }


def twarc(number: int) -> dict[str, str]:
    """What twarc adds to each line."""
    retrieved = BEGIN + timedelta(days=60, seconds=number)
    return {
        "url": "https://api.twitter.com/2/tweets/search/all",
        "version": "2.13.0",
        "retrieved_at": retrieved.isoformat(),
    }


def flattened(number: int, chance: random.Random) -> dict[str, object]:
    """One post with its author inlined, as `twarc2 flatten` writes it."""
    made = post(number, chance)
    made["author"] = author(number % 20_000)
    made["__twarc"] = twarc(number // PER_RESPONSE)
    return made


def responses(posts: int, chance: random.Random) -> Iterator[dict[str, object]]:
    """Raw responses of 100 posts each with the accounts they include."""
    for start in range(0, posts, PER_RESPONSE):
        data = [post(start + n, chance) for n in range(min(PER_RESPONSE, posts - start))]
        accounts = sorted({int(str(one["author_id"])) - 10_000_000 for one in data})
        yield {
            "data": data,
            "includes": {"users": [author(number) for number in accounts]},
            "meta": {"result_count": len(data), "newest_id": data[-1]["id"]},
            "__twarc": twarc(start // PER_RESPONSE),
        }


def write(path: Path, posts: int, *, raw: bool, seed: int = 7) -> None:
    """Write a file of so many posts: raw responses, or flattened posts."""
    chance = random.Random(seed)
    lines = (
        responses(posts, chance) if raw else (flattened(number, chance) for number in range(posts))
    )
    with path.open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
