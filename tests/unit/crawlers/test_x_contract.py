"""Every request an X spider sends is legal by X's own description of its API, in both versions.

The requests are those the spiders of the registry really send to the stand-ins, follow-up pages
included; an independent validator reads them against X's OpenAPI documents.
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest
from x_driving import Driver, plain_send

from crawlers.sandbox.testing import Sandbox
from crawlers.sources import SPIDERS
from crawlers.spiders.polling import ENDPOINT
from crawlers.spiders.x_api import XSpider
from crawling import Deployment

# One security scheme of the documents, OAuth 1, is one the validator does not know.
pytestmark = pytest.mark.filterwarnings("ignore:Unsupported scheme type:UserWarning")

X_SOURCES = [name for name, spider in SPIDERS.items() if issubclass(spider, XSpider)]
VERSION_OF = {"post": "2.167", "tweet": "2.166"}
DIALECT = frozenset({"post.fields", "tweet.fields", "expansions"})
FILES = frozenset({"compliance upload", "compliance result"})  # addresses that X gives, not its API


@dataclass(frozen=True)
class Document:
    """One of X's descriptions, and the validator that reads it."""

    content: dict
    api: OpenAPI

    def check(self, request):
        self.api.validate_request(request)

    def names(self, path, method):
        operation = self.content["paths"][path][method.lower()]
        shared = self.content["components"]["parameters"]
        for entry in operation.get("parameters", ()):
            reference = entry.get("$ref", "").rsplit("/", 1)[-1]
            yield (shared[reference] if reference else entry)["name"]


@pytest.fixture(scope="module")
def documents(request):
    shared = request.getfixturevalue("shared_documents")
    # The document of 2.167 repeats an enum value, so the document itself is not checked.
    config = Config(spec_validator_cls=None)
    contents = {
        version: json.loads((shared / f"x_openapi_{version}.json").read_text(encoding="utf-8"))
        for version in VERSION_OF.values()
    }
    return {
        version: Document(content, OpenAPI.from_dict(content, config))
        for version, content in contents.items()
    }


@pytest.fixture(scope="module")
def shared_documents():
    from conftest import SHARED

    if not SHARED.is_dir():
        pytest.skip("the shared studies folder is not on this machine")
    return SHARED / "payloads" / "specs"


@pytest.fixture(scope="module", params=["post", "tweet"])
def sent(request, tmp_path_factory):
    """The vocabulary, and the requests each source sent in it."""
    vocabulary = request.param
    with Sandbox(7, 2, page_size_cap=2) as sandbox:
        home = tmp_path_factory.mktemp(vocabulary)
        driver = Driver(Deployment(home, sandbox, {"VIGIE_X_VOCABULARY": vocabulary}).init())
        requests = {}
        for source in X_SOURCES:
            since = sandbox.stage.now - timedelta(days=12)
            until = sandbox.stage.now - timedelta(days=7)
            period = (since, until) if source == "x_archive" else (None, None)
            run = driver.run(source, *period, x_least_spread=1, send=SENDING.get(source))
            requests[source] = run.requests
        recounted = driver.run("x_counts", since, until).requests
        requests["x_counts"] += recounted
    return vocabulary, requests


def with_one_more_page(request):
    """The stand-in's answer; on a first page it promises another one."""
    answer = plain_send(request)
    content = json.loads(answer.body)
    if "pagination_token" not in request.url and "meta" in content:
        content["meta"]["next_token"] = "7140dibdnow9c7btw3w29grvxfcgvpb9"
    return answer.replace(body=json.dumps(content).encode())


SENDING = {"x_reposts": with_one_more_page, "x_quotes": with_one_more_page}


def as_asked(request, without=frozenset()):
    parts = urlsplit(request.url)
    pairs = {name: value for name, value in parse_qsl(parts.query) if name not in without}
    is_json = request.body and request.headers.get("Content-Type") == b"application/json"
    return MockRequest(
        "https://api.x.com",
        request.method.lower(),
        parts.path,
        args=pairs,
        headers={"Authorization": "Bearer x"},
        data=request.body if is_json else None,
        content_type="application/json" if is_json else "",
    )


def of_the_api(requests):
    return [one for one in requests if one.meta[ENDPOINT] not in FILES]


def illegal_names(document, request):
    """Parameters the document does not know; the validator passes over them."""
    known = set(document.names(request.meta[ENDPOINT], request.method))
    return {name for name, _ in parse_qsl(urlsplit(request.url).query)} - known


@pytest.mark.parametrize("source", X_SOURCES)
def test_each_source_sends_requests(sent, source):
    _, requests = sent
    assert requests[source], f"{source} asked nothing: its requests go unchecked"


@pytest.mark.parametrize("source", X_SOURCES)
def test_requests_are_legal_in_the_version_of_their_vocabulary(sent, documents, source):
    vocabulary, requests = sent
    document = documents[VERSION_OF[vocabulary]]
    for request in of_the_api(requests[source]):
        document.check(as_asked(request))
        assert not illegal_names(document, request)


@pytest.mark.parametrize("source", X_SOURCES)
@pytest.mark.parametrize("version", VERSION_OF.values())
def test_all_but_the_words_of_the_vocabulary_is_legal_in_both_versions(
    sent, documents, source, version
):
    _, requests = sent
    for request in of_the_api(requests[source]):
        documents[version].check(as_asked(request, without=DIALECT))
        assert illegal_names(documents[version], request) <= DIALECT


def test_a_search_of_the_other_vocabulary_would_be_found_out(sent, documents):
    vocabulary, requests = sent
    (other,) = set(VERSION_OF.values()) - {VERSION_OF[vocabulary]}
    request = requests["x_search"][0]
    with pytest.raises(OpenAPIError):
        documents[other].check(as_asked(request))
    assert illegal_names(documents[other], request) == {f"{vocabulary}.fields"}


@pytest.mark.parametrize(
    "source", ["x_search", "x_archive", "x_timelines", "x_reposts", "x_quotes"]
)
def test_follow_up_pages_are_among_the_requests(sent, source):
    _, requests = sent
    names = {name for one in requests[source] for name, _ in parse_qsl(urlsplit(one.url).query)}
    assert names & {"next_token", "pagination_token"}
