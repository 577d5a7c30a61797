"""The JSON that both the API and the command line print, made from domain types without HTTP."""

import datetime as dt
from typing import Annotated

from msgspec import Meta

Moment = Annotated[dt.datetime, Meta(tz=True)]
