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
    "location_nowhere": (
        "This place, at zero degrees both ways, is what a phone sends before it knows where it is. "
        "Send the location again in a moment."
    ),
    "location_out_of_reach": (
        "You cannot have come that far since the last location, so this one is set aside. "
        "If you are there, it will count once your phone has said so {times} times in a row."
    ),
    "location_swapped": "Latitude and longitude are swapped. Send them the other way round.",
    "location_too_far": (
        "This place is {kilometres} km from the restaurant. "
        "Locations are taken from up to {farthest} km."
    ),
    "location_withdrawn": (
        "You have stopped sharing your location. To share it again, "
        "send the arrival intent with share_location true."
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
    "location_nowhere": (
        "Hər iki koordinatı sıfır olan bu yeri telefon harada olduğunu hələ bilməyəndə göndərir. "
        "Yeri bir azdan yenidən göndərin."
    ),
    "location_out_of_reach": (
        "Son yerdən bəri bu qədər uzağa getmək mümkün deyil, ona görə bu yer nəzərə alınmadı. "
        "Siz oradasınızsa, telefon bunu dalbadal {times} dəfə göstərəndə nəzərə alınacaq."
    ),
    "location_swapped": "Enlik və uzunluq yerlərini dəyişib. Onları tərsinə göndərin.",
    "location_too_far": (
        "Bu yer restorandan {kilometres} km uzaqdadır. Yer ən çoxu {farthest} km-dən qəbul olunur."
    ),
    "location_withdrawn": (
        "Siz yerinizi paylaşmağı dayandırmısınız. Yenidən paylaşmaq üçün "
        "gəlişinizi share_location true ilə bildirin."
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
    "location_nowhere": (
        "Это место с нулевыми координатами телефон присылает, пока не знает, где находится. "
        "Пришлите местоположение ещё раз чуть позже."
    ),
    "location_out_of_reach": (
        "С прошлого места сюда за это время не доехать, поэтому это место не учтено. "
        "Если вы там, оно будет учтено, когда телефон укажет его {times} раза подряд."
    ),
    "location_swapped": "Широта и долгота перепутаны. Пришлите их наоборот.",
    "location_too_far": (
        "До ресторана отсюда {kilometres} км. Местоположение принимается не дальше {farthest} км."
    ),
    "location_withdrawn": (
        "Вы перестали делиться местоположением. Чтобы делиться снова, "
        "сообщите о прибытии с share_location true."
    ),
    "location_of_another": "Местоположением может делиться только гость, чья это бронь.",
    "location_too_soon": "Последнее место только что пришло. Пришлите следующее через {seconds} с.",
    "not_arrived": "Этот гость не прибыл (прибытие: {status}).",
}
