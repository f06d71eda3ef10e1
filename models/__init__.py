"""The tables, one module per noun, and the few queries on them."""

from models.account import Account
from models.alert import Alert, Delivery
from models.annotation import Annotation
from models.coordination import CoordinationRun, CoShareEdge
from models.coverage import CommentCoverage, Coverage
from models.crawl import CrawlCheckpoint, CrawlRun
from models.engagement import Engagement
from models.job import JobWatermark
from models.mention import Mention, PlaceMention
from models.payload import Payload, PlatformId, Quarantine
from models.post import Post, PostCollection, PostVersion
from models.prediction import Prediction
from models.series import SeriesPoint
from models.share import Share
from models.snapshot import Snapshot

__all__ = [
    "Account",
    "Alert",
    "Annotation",
    "CoShareEdge",
    "CommentCoverage",
    "CoordinationRun",
    "Coverage",
    "CrawlCheckpoint",
    "CrawlRun",
    "Delivery",
    "Engagement",
    "JobWatermark",
    "Mention",
    "Payload",
    "PlaceMention",
    "PlatformId",
    "Post",
    "PostCollection",
    "PostVersion",
    "Prediction",
    "Quarantine",
    "SeriesPoint",
    "Share",
    "Snapshot",
]
