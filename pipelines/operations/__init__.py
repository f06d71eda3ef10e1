"""Running for months: jobs, heartbeat, counts by mail, metrics, and what needs a person."""
