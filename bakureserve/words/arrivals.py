"""What is said about guests on the way."""

from __future__ import annotations

EN = {
    "arrival_of_seated": "This party sits already. Undo the seating first.",
    "arrival_not_open": (
        "Nobody is on the way for this reservation (arrival: {status}). "
        "Send an arrival intent first."
    ),
    "illegal_arrival_move": (
        "An arrival that is {status} cannot take the step {action}. Possible now: {allowed}."
    ),
    "location_not_shared": (
        "This guest does not share their location. "
        "Send the arrival intent again with share_location true."
    ),
    "location_of_another": "Only the guest whose reservation it is can share a location.",
    "location_too_soon": "The last location has only just come. Send the next in {seconds} s.",
    "not_arrived": "This guest has not arrived (arrival: {status}).",
}

AZ = {
    "arrival_of_seated": "Bu qonaqlar artıq oturub. Əvvəlcə oturtmanı geri alın.",
    "arrival_not_open": (
        "Bu rezervasiya üzrə yolda olan yoxdur (gəliş: {status}). "
        "Əvvəlcə gəlişinizi bildirin (arrival_intent)."
    ),
    "illegal_arrival_move": (
        "Gəlişin vəziyyəti “{status}” olduqda “{action}” mümkün deyil. İndi mümkün olan: {allowed}."
    ),
    "location_not_shared": (
        "Bu qonaq yerini paylaşmır. Gəlişi share_location true ilə yenidən bildirin."
    ),
    "location_of_another": "Yeri yalnız rezervasiyanın sahibi olan qonaq paylaşa bilər.",
    "location_too_soon": "Son yer indicə gəlib. Növbətisini {seconds} san. sonra göndərin.",
    "not_arrived": "Bu qonaq gəlməyib (gəliş: {status}).",
}

RU = {
    "arrival_of_seated": "Эти гости уже за столом. Сначала отмените посадку.",
    "arrival_not_open": (
        "По этой брони никто не в пути (прибытие: {status}). "
        "Сначала сообщите о прибытии (arrival_intent)."
    ),
    "illegal_arrival_move": (
        "Для прибытия в состоянии «{status}» действие «{action}» невозможно. "
        "Сейчас возможно: {allowed}."
    ),
    "location_not_shared": (
        "Этот гость не делится местоположением. Сообщите о прибытии ещё раз с share_location true."
    ),
    "location_of_another": "Местоположением может делиться только гость, чья это бронь.",
    "location_too_soon": "Последнее место только что пришло. Пришлите следующее через {seconds} с.",
    "not_arrived": "Этот гость не прибыл (прибытие: {status}).",
}
