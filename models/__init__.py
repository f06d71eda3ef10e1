"""The tables, one module per noun, and the few queries on them."""

from models.account import Account
from models.alert import Alert, Delivery
from models.annotation import Annotation
from models.by_hand import ADDED_BY_HAND, HandEntry, HandLog
from models.compliance import ComplianceJob, OptOut, PurgeProof
from models.coordination import CoordinationRun, CoShareEdge
from models.coverage import CommentCoverage, CountProbe, Coverage, CoverageGap
from models.crawl import CrawlCheckpoint, CrawlRun
from models.engagement import Engagement
from models.historic_count import HistoricCount
from models.job import JobWatermark
from models.mention import Mention, PlaceMention
from models.operations_alert import OperationsAlert
from models.payload import Payload, PlatformId, Quarantine
from models.post import Post, PostCollection, PostState, PostVersion, Transcript, readable_texts
from models.prediction import Prediction
from models.series import SeriesPoint
from models.share import Share
from models.sighting import Sighting
from models.snapshot import Snapshot
from models.spend import Spend
from models.watchlist_version import WatchlistVersion

__all__ = [
    "ADDED_BY_HAND",
    "Account",
    "Alert",
    "Annotation",
    "CoShareEdge",
    "CommentCoverage",
    "ComplianceJob",
    "CoordinationRun",
    "CountProbe",
    "Coverage",
    "CoverageGap",
    "CrawlCheckpoint",
    "CrawlRun",
    "Delivery",
    "Engagement",
    "HandEntry",
    "HandLog",
    "HistoricCount",
    "JobWatermark",
    "Mention",
    "OperationsAlert",
    "OptOut",
    "Payload",
    "PlaceMention",
    "PlatformId",
    "Post",
    "PostCollection",
    "PostState",
    "PostVersion",
    "Prediction",
    "PurgeProof",
    "Quarantine",
    "SeriesPoint",
    "Share",
    "Sighting",
    "Snapshot",
    "Spend",
    "Transcript",
    "WatchlistVersion",
    "readable_texts",
]
