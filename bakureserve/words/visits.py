"""What the program says when a booking is changed, cancelled or brought back."""

from __future__ import annotations

EN = {
    "seated_party_stays": (
        "The party sits and keeps its table, which does not do for this. To move them, name one of "
        "the free tables as table_id: {free}."
    ),
    "seated_start_stands": "The party sits already: when its visit began cannot be changed.",
}

AZ = {
    "seated_party_stays": (
        "Qonaqlar artıq masadadır və bu dəyişiklik həmin masada mümkün deyil. Onları köçürmək "
        "üçün table_id olaraq boş masalardan birini göstərin: {free}."
    ),
    "seated_start_stands": "Qonaqlar artıq masadadır: başlanğıc vaxtını dəyişmək olmaz.",
}

RU = {
    "seated_party_stays": (
        "Гости уже сидят, и за их столом это невозможно. Чтобы пересадить их, укажите в table_id "
        "один из свободных столов: {free}."
    ),
    "seated_start_stands": "Гости уже сидят: время начала изменить нельзя.",
}
