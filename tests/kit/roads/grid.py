"""A town of straight streets, as an OpenStreetMap document that OSRM can read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, radians

from bakureserve.domain.places.geo import Coordinates

METRES_A_DEGREE = 111_195.0
AVENUE_EVERY = 5
BAKU = Coordinates(40.36, 49.80)


@dataclass(frozen=True)
class StreetGrid:
    """`rows` streets from west to east and `columns` from south to north, `spacing` metres apart.

    Every fifth street is an avenue with 60 km/h, the others have 40. `south_west` is the corner of
    row 0 and column 0; by default the town lies where Baku does.
    """

    rows: int = 20
    columns: int = 20
    spacing: float = 500.0
    south_west: Coordinates = BAKU

    def at(self, row: float, column: float) -> Coordinates:
        """The crossing of two streets, or a place between."""
        south_west = self.south_west
        narrowing = cos(radians(south_west.latitude))
        return Coordinates(
            south_west.latitude + row * self.spacing / METRES_A_DEGREE,
            south_west.longitude + column * self.spacing / (METRES_A_DEGREE * narrowing),
        )

    def document(self) -> str:
        """The town as OSM XML."""
        return "\n".join(["<osm version='0.6'>", *self._nodes(), *self._ways(), "</osm>"])

    def _nodes(self) -> Iterator[str]:
        for row in range(self.rows):
            for column in range(self.columns):
                point = self.at(row, column)
                yield (
                    f"<node id='{self._id(row, column)}' version='1'"
                    f" lat='{point.latitude:.7f}' lon='{point.longitude:.7f}'/>"
                )

    def _ways(self) -> Iterator[str]:
        for row in range(self.rows):
            nodes = [self._id(row, column) for column in range(self.columns)]
            yield _way(1 + row, nodes, avenue=row % AVENUE_EVERY == 0)
        for column in range(self.columns):
            nodes = [self._id(row, column) for row in range(self.rows)]
            yield _way(1 + self.rows + column, nodes, avenue=column % AVENUE_EVERY == 0)

    def _id(self, row: int, column: int) -> int:
        return 1 + row * self.columns + column


def _way(number: int, nodes: list[int], *, avenue: bool) -> str:
    kind, speed = ("primary", 60) if avenue else ("residential", 40)
    references = "".join(f"<nd ref='{node}'/>" for node in nodes)
    return (
        f"<way id='{number}' version='1'>{references}<tag k='highway' v='{kind}'/>"
        f"<tag k='maxspeed' v='{speed}'/><tag k='name' v='Street {number}'/></way>"
    )
