"""Every call the server answers, a module a noun. Pages and old addresses are added in `app`."""

from bakureserve.server.endpoint import Endpoint
from bakureserve.server.routes.accounts import ACCOUNTS
from bakureserve.server.routes.admin import ADMIN
from bakureserve.server.routes.arrivals import ARRIVALS
from bakureserve.server.routes.days import DAYS
from bakureserve.server.routes.health import HEALTH
from bakureserve.server.routes.maps import MAPS
from bakureserve.server.routes.operations import OPERATIONS
from bakureserve.server.routes.outbox import OUTBOX
from bakureserve.server.routes.reservations import RESERVATIONS
from bakureserve.server.routes.restaurants import RESTAURANTS
from bakureserve.server.routes.service import SERVICE
from bakureserve.server.routes.streams import STREAMS
from bakureserve.server.routes.users import USERS

ENDPOINTS: tuple[Endpoint, ...] = (
    *RESTAURANTS,
    *RESERVATIONS,
    *ARRIVALS,
    *DAYS,
    *STREAMS,
    *MAPS,
    *ACCOUNTS,
    *USERS,
    *OPERATIONS,
    *ADMIN,
    *OUTBOX,
    *HEALTH,
    *SERVICE,
)
