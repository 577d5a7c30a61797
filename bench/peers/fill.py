"""Makes a peer's database: `python -m bench.peers.fill WORLD.json`, into `PEER_DATABASE`."""

from __future__ import annotations

import sys
from pathlib import Path

import orjson
from sqlalchemy import create_engine, insert

from bench.peers import models


def main(world: Path) -> None:
    engine = create_engine(f"sqlite:///{models.FILE}", **models.JSON_BY)
    models.set_up(engine)
    models.Base.metadata.create_all(engine)
    restaurants, tables = [], []
    for position, each in enumerate(orjson.loads(world.read_bytes())):
        item, detail = each["item"], each["detail"]
        more = {name: value for name, value in detail.items() if name not in item}
        restaurants.append(item | {"position": position, "more": more, "rules": each["rules"]})
        drawn = [table for area in detail["areas"] for table in area["tables"]]
        tables += [
            {
                "restaurant_id": item["id"],
                "position": place,
                "id": table["id"],
                "capacity": table["capacity"],
            }
            for place, table in enumerate(drawn)
        ]
    with engine.begin() as connection:
        connection.execute(insert(models.Restaurant), restaurants)
        connection.execute(insert(models.DiningTable), tables)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
