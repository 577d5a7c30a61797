"""Application logs as they reach the stream: in both forms, from us and from libraries."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from bakureserve.server.logs import capturing_python_warnings, configure_logs, milestones
from bakureserve.settings import Settings

PHONE = "+994 50 123 45 67"


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """Logging is the process's own: left as it was found."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def logged_to(form: str, level: str = "info") -> io.StringIO:
    stream = io.StringIO()
    configure_logs(Settings(log_format=form, log_level=level, gomap_guid="sesame"), stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail() -> None:
    local_variable = "hidden"
    raise ValueError(f"cannot reach {PHONE} with sesame, {len(local_variable)}")


@pytest.mark.parametrize("form", ["json", "human"])
def test_an_error_is_told_with_its_traceback_and_without_secrets_or_variables(form: str) -> None:
    stream = logged_to(form)
    try:
        fail()
    except ValueError as error:
        structlog.get_logger().error("request_failed", request_id="r-1", exc_info=error)
    text = stream.getvalue()
    assert "request_failed" in text
    assert "r-1" in text
    assert "ValueError: cannot reach [removed]" in text
    assert "in fail" in text
    for secret in (PHONE, "sesame", "hidden"):
        assert secret not in text


def test_a_line_of_json_has_time_level_and_event() -> None:
    stream = logged_to("json")
    structlog.get_logger().info("backup_taken", bytes=12)
    (line,) = lines(stream)
    assert line.pop("time").endswith("Z")
    assert line == {"event": "backup_taken", "level": "info", "bytes": 12}


def test_what_is_less_important_than_the_level_is_left_out() -> None:
    stream = logged_to("json", "warning")
    structlog.get_logger().info("unimportant")
    structlog.get_logger().warning("important")
    assert [line["event"] for line in lines(stream)] == ["important"]


def test_a_librarys_warning_comes_out_the_same_and_its_chatter_does_not() -> None:
    stream = logged_to("json", "debug")
    library = logging.getLogger("aiohttp.server")
    library.info("chatter")
    library.warning("peer sent %s", PHONE)
    (line,) = lines(stream)
    assert (line["event"], line["level"]) == ("peer sent [removed]", "warning")
    assert line["logger"] == "aiohttp.server"


def test_a_value_that_is_no_json_is_told_in_its_own_words() -> None:
    stream = logged_to("json")
    structlog.get_logger().info("odd", what=OSError(28, "No space left"))
    (line,) = lines(stream)
    assert line["what"] == "[Errno 28] No space left"


def test_what_python_itself_has_to_say_is_a_line_of_the_log() -> None:
    stream = logged_to("json")
    with capturing_python_warnings():
        failing = threading.Thread(target=fail, name="backup")
        failing.start()
        failing.join()

    (line,) = lines(stream)
    assert (line["event"], line["thread"]) == ("thread_failed", "backup")
    assert "ValueError: cannot reach [removed]" in line["exception"]


def test_what_it_recommends_to_run_is_for_the_data_of_this_server() -> None:
    for field in ("hint", "message", "reason"):
        stream = io.StringIO()
        configure_logs(Settings(log_format="json", data_dir=Path("/srv/b")), stream)
        structlog.get_logger().warning("trouble", **{field: "Run bakureserve check."})
        assert lines(stream)[0][field] == "Run bakureserve --data-dir /srv/b check."


def test_milestones_are_logged_whatever_the_level() -> None:
    stream = logged_to("json", "critical")
    milestones().info("stopped")
    structlog.get_logger().error("left_out")
    assert [line["event"] for line in lines(stream)] == ["stopped"]
