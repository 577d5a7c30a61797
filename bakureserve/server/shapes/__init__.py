"""What both the API and the command line print: shapes made from domain types, and no HTTP."""

import datetime as dt
from typing import Annotated

from msgspec import Meta

Moment = Annotated[dt.datetime, Meta(tz=True)]
