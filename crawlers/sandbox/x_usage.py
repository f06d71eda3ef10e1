"""The usage endpoint of the X API: how many posts were read on which day."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from crawlers.sandbox.stage import Stage
from crawlers.sandbox.x_checks import Call, check_names, listed, number
from crawlers.sandbox.x_objects import x_time

FIELDS: Final = (
    *("cap_reset_day", "daily_client_app_usage", "daily_project_usage"),
    *("project_cap", "project_id", "project_usage"),
)
PROJECT: Final = "1700000000000000007"
APP: Final = "27000007"
MONTHLY_CAP: Final = 3_000_000
DAYS_OF_A_MONTH: Final = 30

Json = dict[str, Any]


def usage(stage: Stage, call: Call) -> Json:
    """Posts read: each once a day, as they are billed; numbers are texts, as X writes them.

    Without `usage.fields` only the project is named.
    """
    check_names(stage, call.params, "days", "usage.fields")
    days = number(call.params, "days", 1, 90, 7)
    asked = listed(call.params, "usage.fields", FIELDS) or {"project_id"}
    first = stage.now.date() - timedelta(days=days - 1)
    daily = [
        {"date": x_time(datetime.combine(day, time(), UTC)), "usage": str(len(posts))}
        for day, posts in sorted(stage.billed_posts.items())
        if first <= day <= stage.now.date() and posts
    ]
    month = [
        posts
        for day, posts in stage.billed_posts.items()
        if (day.year, day.month) == (stage.now.year, stage.now.month)
    ]
    app = {"client_app_id": APP, "usage": daily, "usage_result_count": len(daily)}
    known: Json = {
        "cap_reset_day": max(0, DAYS_OF_A_MONTH - stage.now.day),
        "daily_client_app_usage": [app],
        "daily_project_usage": {"project_id": PROJECT, "usage": daily},
        "project_cap": str(MONTHLY_CAP),
        "project_id": PROJECT,
        "project_usage": str(sum(len(posts) for posts in month)),
    }
    return {"data": {name: value for name, value in known.items() if name in asked}}
