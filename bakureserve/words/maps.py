"""What the program says about ways and places."""

from __future__ import annotations

EN = {
    "coordinates_malformed": (
        "The {field} must be a latitude and a longitude in degrees, like 40.3661,49.8372."
    ),
    "place_unknown": (
        "No place is known as {place}. Give lat,lon, a restaurant's slug, or another name."
    ),
    "point_off_earth": (
        "There is no point {point} on earth: give the latitude (-90 to 90) first, then the "
        "longitude (-180 to 180)."
    ),
    "way_guessed": "About {km} km, {minutes} min, without a map service.",
    "way_routed": "{km} km by road, {minutes} min.",
}

AZ = {
    "coordinates_malformed": (
        "Koordinatlar ({field}) dərəcə ilə enlik və uzunluq olmalıdır, məsələn 40.3661,49.8372."
    ),
    "place_unknown": (
        "{place} adlı yer tapılmadı. Enlik,uzunluq, restoranın slug-ını və ya başqa ad yazın."
    ),
    "point_off_earth": (
        "Yer üzündə {point} nöqtəsi yoxdur: əvvəl enliyi (-90-dan 90-a qədər), sonra uzunluğu "
        "(-180-dən 180-ə qədər) yazın."
    ),
    "way_guessed": "Təxminən {km} km, {minutes} dəq, xəritə xidməti olmadan.",
    "way_routed": "Yolla {km} km, {minutes} dəq.",
}

RU = {
    "coordinates_malformed": (
        "Для {field} нужны широта и долгота в градусах, например 40.3661,49.8372."
    ),
    "place_unknown": (
        "Место {place} не найдено. Укажите широту,долготу, slug ресторана или другое название."
    ),
    "point_off_earth": (
        "На земле нет точки {point}: сначала укажите широту (от -90 до 90), затем долготу "
        "(от -180 до 180)."
    ),
    "way_guessed": "Около {km} км, {minutes} мин, без картографического сервиса.",
    "way_routed": "{km} км по дорогам, {minutes} мин.",
}
