from __future__ import annotations

import datetime as dt

import pytest

from bakureserve.server.metrics import exposition


@pytest.fixture
def of_this_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands still, and each scrape is to tell what happened since the last."""
    monkeypatch.setattr(exposition, "GOOD_FOR", dt.timedelta(0))
