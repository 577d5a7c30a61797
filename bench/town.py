"""Plausible restaurants, as many as wanted: the sample ones again and again under other names.

The same seed makes the same restaurants. `python -m bench.town 50000 > restaurants.json`.
"""

from __future__ import annotations

import json
import random
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

SEED = 20261201
SAMPLES = Path(__file__).parents[1] / "data" / "restaurants.json"
FIRST = (
    "Köhnə", "Yeni", "Ağ", "Qara", "Qızıl", "Göy", "Şirin", "Dadlı", "İsti", "Sərin", "Dəniz",
    "Xəzər", "Günəş", "Ulduz", "Bahar", "Nar", "Çinar", "Zeytun", "Üzüm", "Badam", "Fıstıq",
    "Lalə", "Qərənfil", "Novruz", "Ipək", "Karvan", "Maral", "Şahin", "Durna", "Tovuz",
)  # fmt: skip
SECOND = (
    "Bağı", "Evi", "Həyəti", "Süfrəsi", "Ocağı", "Təndiri", "Qapısı", "Körpüsü", "Bulağı",
    "Terrası", "Guşəsi", "Sarayı", "Meydanı", "Küçəsi", "Kafesi", "Restoranı", "Çayxanası",
    "Balıqçısı", "Kababçısı", "Lounge", "Bistro", "Grill", "Kitchen", "Garden", "Palace",
)  # fmt: skip
TOWNS = ("Bakı", "Gəncə", "Sumqayıt", "Şəki", "Quba", "Lənkəran", "Mingəçevir", "Naxçıvan")


def documents(number: int, seed: int = SEED) -> Iterator[dict[str, Any]]:
    """So many documents, as `bakureserve restaurants import` takes them."""
    chance = random.Random(seed)
    samples = json.loads(SAMPLES.read_bytes())["venues"]
    for count in range(number):
        document = dict(samples[count % len(samples)])
        name = f"{chance.choice(FIRST)} {chance.choice(SECOND)} {count}"
        document |= {
            "id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
            "slug": f"house-{count}",
            "name": name,
            "city": chance.choice(TOWNS),
            "latitude": round(40.37 + chance.uniform(-0.3, 0.3), 6),
            "longitude": round(49.84 + chance.uniform(-0.3, 0.3), 6),
        }
        yield document


def write(number: int, file: TextIO) -> None:
    """The same as one JSON array, a document a line."""
    before = "[\n"
    for document in documents(number):
        file.write(before + json.dumps(document, ensure_ascii=False))
        before = ",\n"
    file.write("\n]\n" if number else "[]\n")


if __name__ == "__main__":
    write(int(sys.argv[1]), sys.stdout)
