"""What the program says about files, the restaurants in them, and taking them in."""

from __future__ import annotations

EN = {
    # The file
    "file_key_repeated": "An object has the key {key} twice. Keep the value that is meant.",
    "file_not_json": "Line {line}, column {column} is not valid JSON: {reason}.",
    "file_not_utf8": "Line {line} is not valid UTF-8. Save the file in that encoding.",
    "file_value_refused": "The file holds a value that cannot be taken: {reason}.",
    "folder_unknown": "There is no folder {folder}. Create it, or name another.",
    # The restaurants in it
    "duplicate_restaurant_id": (
        "The restaurant at {other} already has the id {value}. Each needs its own."
    ),
    "duplicate_restaurant_slug": (
        "The restaurant at {other} already has the slug {value}. Each needs its own."
    ),
    "venue_list": "The restaurants' documents break {count:rule|rules}; each is listed.",
    # Against what is stored
    "restaurants_in_conflict": (
        "Nothing was changed, because of {count} of the restaurants: {restaurants}."
    ),
}

AZ = {
    # The file
    "file_key_repeated": "Bir obyektdə {key} açarı bir neçə dəfə yazılıb. Düzgün qiyməti saxlayın.",
    "file_not_json": "{line}-ci sətir, {column}-ci sütun: düzgün JSON deyil: {reason}.",
    "file_not_utf8": "{line}-ci sətir düzgün UTF-8 deyil. Faylı bu kodlaşdırmada saxlayın.",
    "file_value_refused": "Faylda qəbul edilə bilməyən qiymət var: {reason}.",
    "folder_unknown": "{folder} qovluğu yoxdur. Onu yaradın və ya başqasını göstərin.",
    # The restaurants in it
    "duplicate_restaurant_id": (
        "{value} id-si artıq {other} yerindəki restorana məxsusdur. Hər birinin öz id-si olmalıdır."
    ),
    "duplicate_restaurant_slug": (
        "{value} slug-ı artıq {other} yerindəki restorana məxsusdur. "
        "Hər birinin öz slug-ı olmalıdır."
    ),
    "venue_list": "Restoranların sənədlərində {count} qayda pozulub; hər biri siyahıda göstərilib.",
    # Against what is stored
    "restaurants_in_conflict": (
        "Heç nə dəyişdirilmədi. Səbəb olan restoranların sayı {count}: {restaurants}."
    ),
}

RU = {
    # The file
    "file_key_repeated": "В объекте ключ {key} записан несколько раз. Оставьте нужное значение.",
    "file_not_json": "Строка {line}, столбец {column}: неверный JSON: {reason}.",
    "file_not_utf8": "Строка {line} — не UTF-8. Сохраните файл в этой кодировке.",
    "file_value_refused": "В файле есть значение, которое нельзя принять: {reason}.",
    "folder_unknown": "Папки {folder} нет. Создайте её или укажите другую.",
    # The restaurants in it
    "duplicate_restaurant_id": (
        "id {value} уже есть у ресторана в {other}. У каждого должен быть свой."
    ),
    "duplicate_restaurant_slug": (
        "slug {value} уже есть у ресторана в {other}. У каждого должен быть свой."
    ),
    "venue_list": "В документах ресторанов нарушено правил: {count}; перечислено каждое.",
    # Against what is stored
    "restaurants_in_conflict": (
        "Ничего не изменено. Помешали рестораны (всего {count}): {restaurants}."
    ),
}
