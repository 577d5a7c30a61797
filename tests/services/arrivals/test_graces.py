from __future__ import annotations

import msgspec

from bakureserve.domain.restaurants.restaurant import ArrivalPolicy
from bakureserve.runtime import Runtime
from bakureserve.services.arrivals.graces import Graces
from bakureserve.store.restaurants import restaurants
from tests.kit.houses import CAY_EVI, NOW, SAHIL, by_another_process

USUAL = ArrivalPolicy().late_after_minutes


async def test_each_restaurant_has_the_grace_of_its_latest_change(runtime: Runtime) -> None:
    path, graces = runtime.database.path, Graces()
    await runtime.database.read(graces.renew)
    assert graces.all() == {USUAL}
    patient = msgspec.structs.replace(SAHIL, arrival=ArrivalPolicy(late_after_minutes=45))
    await by_another_process(path, lambda tx: restaurants.replace(tx, patient, now=NOW))
    await runtime.database.read(graces.renew)
    assert (graces.at(SAHIL.id), graces.at(CAY_EVI.id), graces.all()) == (45, USUAL, {USUAL, 45})
    await by_another_process(path, lambda tx: restaurants.remove(tx, SAHIL.id, now=NOW))
    await runtime.database.read(graces.renew)
    assert graces.all() == {USUAL}
