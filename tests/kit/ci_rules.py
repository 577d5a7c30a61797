"""How a run of the tests is judged and what it tells: hooks for pytest.

Under `CI=true` a skipped test is a failure, since there everything is installed that a test can
need. The figures that tests record (`record_property`) are shown at the end.
"""

from __future__ import annotations

import os

import pytest

SKIPPED_IN_CI = "Under CI=true a skipped test is a failure:"


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if exitstatus == pytest.ExitCode.OK and _in_ci() and _skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            terminalreporter.write_line(f"{report.nodeid}: {name} {value}")
    if _in_ci() and (skipped := _skipped(config)):
        terminalreporter.write_line(SKIPPED_IN_CI, red=True)
        for report in skipped:
            terminalreporter.write_line(f"  {report.nodeid}")


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() == "true"


def _skipped(config: pytest.Config) -> list[pytest.TestReport | pytest.CollectReport]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    assert isinstance(reporter, pytest.TerminalReporter)
    return reporter.stats.get("skipped", [])
