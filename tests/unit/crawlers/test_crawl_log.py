import logging
import subprocess
import sys

import pytest

from config.errors import SourceError
from crawlers.crawl_log import crawl_log
from crawlers.locks import source_lock


def fail():
    raise ValueError("Adama Kolibara wrote this")


def test_addresses_lose_their_path_and_exceptions_their_message(tmp_path):
    path = tmp_path / "logs" / "crawl.log"
    with crawl_log(path, "INFO"):
        logger = logging.getLogger("crawlers.test")
        logger.info("asked <GET https://graph.example/v26.0/1_222/comments?after=abc>")
        try:
            fail()
        except ValueError:
            logger.exception("a page failed")
        logger.debug("not at this level")
    text = path.read_text()
    assert "asked <GET https://graph.example/..>" in text
    assert "222" not in text
    assert "ValueError" in text
    assert "Kolibara" not in text
    assert "test_crawl_log.py" in text
    assert "not at this level" not in text


def test_nothing_is_written_after_the_block(tmp_path):
    path = tmp_path / "crawl.log"
    with crawl_log(path, "INFO"):
        pass
    logging.getLogger("crawlers.test").warning("later")
    assert path.read_text() == ""


def test_a_second_crawl_of_a_source_is_refused_with_the_process_that_holds_it(tmp_path):
    second = source_lock(tmp_path, "x_search")
    with source_lock(tmp_path, "x_search"):
        with pytest.raises(SourceError, match=r"x_search is already running \(process \d+\)"):
            second.__enter__()
        with source_lock(tmp_path, "facebook_pages"):
            pass
    with source_lock(tmp_path, "x_search"):
        pass


def test_the_lock_of_a_dead_process_is_taken_over(tmp_path):
    code = (
        "import os, pathlib, crawlers.locks as l\n"
        f"with l.source_lock(pathlib.Path({str(tmp_path)!r}), 'x_search'):\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    died = subprocess.run([sys.executable, "-c", code], check=False)
    assert died.returncode == -9
    with source_lock(tmp_path, "x_search"):
        pass
