"""Importing the old server's files: what is wrong with a file, and what became of a row."""

from __future__ import annotations

EN = {
    # Files
    "old_file_empty": "{path} is empty. Nothing was imported.",
    "old_file_link_dangles": "{path} is a link to a file that is not there.",
    "old_file_missing": "There is no file {path}.",
    "old_file_not_a_file": (
        "{path} is no regular file but a folder, a pipe or a device. Nothing was imported."
    ),
    "old_file_not_json": (
        "{path} is not JSON: line {line}, byte {column} of it (byte {byte} of the file) cannot "
        "stand there. Nothing was imported."
    ),
    "old_file_not_utf8": (
        "{path} is not UTF-8: line {line}, byte {column} of it (byte {byte} of the file). "
        "Convert the file; nothing was imported."
    ),
    "old_file_too_deep": (
        "{path} nests values more than {deepest} deep, which the old server never did. "
        "Nothing was imported."
    ),
    "old_file_truncated": (
        "{path} ends in the middle, at line {line} (byte {byte}). Look for a complete copy; "
        "nothing was imported."
    ),
    "old_file_unreadable": "{path} cannot be read: {reason}.",
    "old_file_wrong_shape": (
        "{path} holds {found} where {expected} is expected. Nothing was imported."
    ),
    "old_files_missing": (
        "There is no restaurants.json, reservations.json or users.json in {folder}. "
        "Name the folder of the old server's files."
    ),
    "old_restaurants_missing": (
        "{path} has reservations, but there are no restaurants: neither a restaurants.json beside "
        "it nor any in the database."
    ),
    "old_rows_rejected": (
        "{count:row|rows} cannot be taken, and --strict takes all or nothing. Nothing was imported."
    ),
    # Rows
    "old_capacity_assumed": (
        "{field} is missing or seats nobody; the table was given {capacity:seat|seats}."
    ),
    "old_coordinates_abroad": "The coordinates are not in Azerbaijan; they were kept aside.",
    "old_coordinates_swapped": "Latitude and longitude were swapped; they were put right.",
    "old_email_normalised": "The e-mail address was put in its plain spelling, in lower case.",
    "old_email_taken": "Account {other} has the same e-mail address; this one was left out.",
    "old_email_unusable": "There is no usable e-mail address; the account was left out.",
    "old_end_before_start": "It ended before it began; now it lasts {minutes:minute|minutes}.",
    "old_end_missing": "It had no end; now it lasts {minutes:minute|minutes}.",
    "old_id_differs": "The id inside differs from the key; the key was taken.",
    "old_id_made": "It had no id; {id} was made for it.",
    "old_id_repeated": "An earlier row has the same id; this one was left out.",
    "old_id_unusable": "The id is blank or too long; the row was left out.",
    "old_key_repeated": "{field} stands in it more than once; the last was taken, all are kept.",
    "old_name_missing": "The guest has no name; a dash stands for it.",
    "old_party_left": "The party that was seated there has left: it is completed now.",
    "old_no_table": "No table that fits is free: it has none and needs attention.",
    "old_party_unreadable": "The party size is missing or no number from 1; the row was left out.",
    "old_password_unusable": (
        "The password hash is not argon2id or too dear to check; a new password must be set."
    ),
    "old_phone_normalised": "The phone number was written with its country code, in digits.",
    "old_phone_unusable": "The phone is no number that can be called; it was kept aside.",
    "old_place_swapped": "Latitude and longitude of {field} were swapped; they were put right.",
    "old_place_unusable": "No guest can have been at {field}; it was left out, and is not kept.",
    "old_restaurant_unknown": "There is no restaurant {restaurant}; the row was left out.",
    "old_restaurant_unusable": "It cannot be mended where {field} stands; it was left out.",
    "old_row_not_object": "The row is no object; it was left out.",
    "old_sitting_too_long": "It was too long; now it ends after {hours:hour|hours}.",
    "old_slug_taken": "Another restaurant has its slug; it became {slug}.",
    "old_status_assumed": "It had no status; booked is assumed.",
    "old_status_unknown": "The status “{status}” is unknown; the row was left out.",
    "old_stays_removed": "It was imported before and removed since; it stays removed.",
    "old_table_given": "Table {table} was given to it.",
    "old_table_missing": "It had no table.",
    "old_table_overlap": "Another active reservation holds table {table} at that time.",
    "old_table_unknown": "The restaurant has no table {table}.",
    "old_text_broken": "{field} has half a character; a replacement character stands for it.",
    "old_text_cut": "{field} was cut to {longest} characters; the whole is kept in extra.",
    "old_text_squeezed": "Surplus or invisible characters were taken out of {field}.",
    "old_time_unreadable": "{field} is missing or no date and time; the row was left out.",
    "old_value_converted": "{field} had another form; it was converted.",
    "old_value_unusable": "{field} cannot be used; it was left out and kept aside.",
}

AZ = {
    # Files
    "old_file_empty": "{path} boşdur. Heç nə köçürülmədi.",
    "old_file_link_dangles": "{path} olmayan fayla keçiddir.",
    "old_file_missing": "{path} faylı yoxdur.",
    "old_file_not_a_file": (
        "{path} adi fayl deyil: qovluq, kanal və ya qurğudur. Heç nə köçürülmədi."
    ),
    "old_file_not_json": (
        "{path} JSON deyil: {line}-ci sətrin {column}-ci baytı (faylın {byte}-ci baytı) orada ola "
        "bilməz. Heç nə köçürülmədi."
    ),
    "old_file_not_utf8": (
        "{path} UTF-8 deyil: {line}-ci sətir, {column}-ci bayt (faylın {byte}-ci baytı). "
        "Faylı çevirin; heç nə köçürülmədi."
    ),
    "old_file_too_deep": (
        "{path} faylında dəyərlər bir-birinin içində {deepest} səviyyədən dərindir; köhnə server "
        "belə yazmırdı. Heç nə köçürülmədi."
    ),
    "old_file_truncated": (
        "{path} yarımçıq bitir: {line}-ci sətir ({byte}-ci bayt). Tam nüsxəni tapın; "
        "heç nə köçürülmədi."
    ),
    "old_file_unreadable": "{path} oxunmur: {reason}.",
    "old_file_wrong_shape": (
        "{path} faylında {expected} gözlənilən yerdə başqa şey var: {found}. Heç nə köçürülmədi."
    ),
    "old_files_missing": (
        "{folder} qovluğunda restaurants.json, reservations.json və ya users.json yoxdur. "
        "Köhnə serverin fayllarının qovluğunu göstərin."
    ),
    "old_restaurants_missing": (
        "{path} faylında rezervasiyalar var, amma restoran yoxdur: nə yanında restaurants.json, "
        "nə də bazada."
    ),
    "old_rows_rejected": (
        "{count} sətir götürülə bilmir, --strict isə ya hamısını götürür, ya heç birini. "
        "Heç nə köçürülmədi."
    ),
    # Rows
    "old_capacity_assumed": (
        "{field} yoxdur və ya heç kimə yer vermir; masaya {capacity} yer yazıldı."
    ),
    "old_coordinates_abroad": "Koordinatlar Azərbaycanda deyil; kənarda saxlanıldı.",
    "old_coordinates_swapped": "Enlik və uzunluq yerini dəyişmişdi; düzəldildi.",
    "old_email_normalised": "E-poçt ünvanı sadə şəkildə, kiçik hərflərlə yazıldı.",
    "old_email_taken": "{other} hesabının e-poçt ünvanı eynidir; bu hesab götürülmədi.",
    "old_email_unusable": "Yararlı e-poçt ünvanı yoxdur; hesab götürülmədi.",
    "old_end_before_start": "Başlamazdan əvvəl bitirdi; indi {minutes} dəqiqə davam edir.",
    "old_end_missing": "Sonu göstərilməmişdi; indi {minutes} dəqiqə davam edir.",
    "old_id_differs": "İçindəki id açardan fərqlənir; açar götürüldü.",
    "old_id_made": "İd-si yox idi; {id} yaradıldı.",
    "old_id_repeated": "Əvvəlki sətrin id-si eynidir; bu sətir götürülmədi.",
    "old_id_unusable": "İd boşdur və ya çox uzundur; sətir götürülmədi.",
    "old_key_repeated": ("{field} bir neçə dəfə yazılıb; sonuncusu götürüldü, hamısı saxlanıldı."),
    "old_name_missing": "Qonağın adı yoxdur; yerinə tire qoyuldu.",
    "old_party_left": "Orada oturmuş qonaqlar artıq gedib: rezervasiya tamamlanmış sayılır.",
    "old_no_table": "Uyğun boş masa yoxdur: masasız qalıb və diqqət tələb edir.",
    "old_party_unreadable": "Qonaq sayı yoxdur və ya 1-dən başlayan ədəd deyil; sətir götürülmədi.",
    "old_password_unusable": (
        "Parolun heşi argon2id deyil və ya yoxlanması çox bahadır; yeni parol təyin edilməlidir."
    ),
    "old_phone_normalised": "Telefon nömrəsi ölkə kodu ilə, rəqəmlərlə yazıldı.",
    "old_phone_unusable": "Telefon zəng edilə bilən nömrə deyil; kənarda saxlanıldı.",
    "old_place_swapped": "{field}: enlik və uzunluq yerini dəyişmişdi; düzəldildi.",
    "old_place_unusable": "{field}: qonaq orada ola bilməzdi; götürülmədi və saxlanılmır.",
    "old_restaurant_unknown": "{restaurant} restoranı yoxdur; sətir götürülmədi.",
    "old_restaurant_unusable": "{field} yerində düzəldilə bilmir; restoran götürülmədi.",
    "old_row_not_object": "Sətir obyekt deyil; götürülmədi.",
    "old_sitting_too_long": "Çox uzun idi; indi {hours} saatdan sonra bitir.",
    "old_slug_taken": "Slug-u başqa restorandadır; {slug} oldu.",
    "old_status_assumed": "Statusu yox idi; booked qəbul edilir.",
    "old_status_unknown": "“{status}” statusu tanınmır; sətir götürülmədi.",
    "old_stays_removed": "Əvvəl köçürülmüş və sonra silinmişdi; silinmiş qalır.",
    "old_table_given": "Ona {table} masası verildi.",
    "old_table_missing": "Masası yox idi.",
    "old_table_overlap": "{table} masasını həmin vaxt başqa aktiv rezervasiya tutur.",
    "old_table_unknown": "Restoranda {table} masası yoxdur.",
    "old_text_broken": "{field} sahəsində yarımçıq simvol var; yerinə əvəzedici qoyuldu.",
    "old_text_cut": "{field} {longest} simvola qədər qısaldıldı; tam mətn extra-da saxlanılır.",
    "old_text_squeezed": "{field} sahəsindən artıq və ya görünməyən simvollar çıxarıldı.",
    "old_time_unreadable": "{field} yoxdur və ya tarix və saat deyil; sətir götürülmədi.",
    "old_value_converted": "{field} başqa formada idi; çevrildi.",
    "old_value_unusable": "{field} yararsızdır; götürülmədi və kənarda saxlanıldı.",
}

RU = {
    # Files
    "old_file_empty": "Файл {path} пуст. Ничего не перенесено.",
    "old_file_link_dangles": "{path} — ссылка на файл, которого нет.",
    "old_file_missing": "Файла {path} нет.",
    "old_file_not_a_file": (
        "{path} — не обычный файл, а папка, канал или устройство. Ничего не перенесено."
    ),
    "old_file_not_json": (
        "{path} — не JSON: строка {line}, байт {column} в ней (байт {byte} файла) там стоять "
        "не может. Ничего не перенесено."
    ),
    "old_file_not_utf8": (
        "{path} — не UTF-8: строка {line}, байт {column} в ней (байт {byte} файла). "
        "Перекодируйте файл; ничего не перенесено."
    ),
    "old_file_too_deep": (
        "В {path} значения вложены глубже {deepest} уровней, старый сервер так не писал. "
        "Ничего не перенесено."
    ),
    "old_file_truncated": (
        "{path} обрывается на строке {line} (байт {byte}). Найдите полную копию; "
        "ничего не перенесено."
    ),
    "old_file_unreadable": "{path} не читается: {reason}.",
    "old_file_wrong_shape": (
        "В {path} ожидается {expected}, а найдено иное: {found}. Ничего не перенесено."
    ),
    "old_files_missing": (
        "В {folder} нет ни restaurants.json, ни reservations.json, ни users.json. "
        "Укажите папку с файлами старого сервера."
    ),
    "old_restaurants_missing": (
        "В {path} есть бронирования, но ресторанов нет: ни restaurants.json рядом, ни в базе."
    ),
    "old_rows_rejected": (
        "Строк, которые нельзя принять: {count}; --strict принимает всё или ничего. "
        "Ничего не перенесено."
    ),
    # Rows
    "old_capacity_assumed": (
        "Значения {field} нет или мест нет; за столом записано мест: {capacity}."
    ),
    "old_coordinates_abroad": "Координаты не в Азербайджане; они отложены.",
    "old_coordinates_swapped": "Широта и долгота были переставлены; исправлено.",
    "old_email_normalised": "Адрес почты записан в простом виде, строчными буквами.",
    "old_email_taken": "У учётной записи {other} тот же адрес почты; эта запись не принята.",
    "old_email_unusable": "Пригодного адреса почты нет; учётная запись не принята.",
    "old_end_before_start": "Конец был раньше начала; теперь длительность — {minutes} мин.",
    "old_end_missing": "Конец не был указан; теперь длительность — {minutes} мин.",
    "old_id_differs": "Внутренний id отличается от ключа; принят ключ.",
    "old_id_made": "Не было id; создан {id}.",
    "old_id_repeated": "Тот же id есть в одной из строк выше; эта строка не принята.",
    "old_id_unusable": "Пустой или слишком длинный id; строка не принята.",
    "old_key_repeated": ("{field} записано несколько раз; взято последнее, остальные сохранены."),
    "old_name_missing": "Имя гостя не указано; вместо него стоит тире.",
    "old_party_left": "Гости, сидевшие за этим столом, уже ушли: визит завершён.",
    "old_no_table": "Подходящего свободного стола нет: бронирование без стола требует внимания.",
    "old_party_unreadable": "Нет числа гостей от 1; строка не принята.",
    "old_password_unusable": (
        "Хеш пароля — не argon2id или слишком дорог для проверки; нужно задать новый пароль."
    ),
    "old_phone_normalised": "Номер телефона записан с кодом страны, цифрами.",
    "old_phone_unusable": "По этому телефону нельзя позвонить; он отложен.",
    "old_place_swapped": "В {field} широта и долгота были переставлены; исправлено.",
    "old_place_unusable": "{field}: гость не мог там быть; место не принято и не хранится.",
    "old_restaurant_unknown": "Ресторана {restaurant} нет; строка не принята.",
    "old_restaurant_unusable": "Поле {field} исправить нельзя; ресторан не принят.",
    "old_row_not_object": "Строка — не объект; она не принята.",
    "old_sitting_too_long": "Было слишком долго; теперь конец через {hours} ч.",
    "old_slug_taken": "Slug занят другим рестораном; теперь он {slug}.",
    "old_status_assumed": "Статуса не было; принят booked.",
    "old_status_unknown": "Статус «{status}» неизвестен; строка не принята.",
    "old_stays_removed": "Перенесено раньше и с тех пор удалено; остаётся удалённым.",
    "old_table_given": "Дан стол {table}.",
    "old_table_missing": "Стола не было.",
    "old_table_overlap": "В это время стол {table} занят другим активным бронированием.",
    "old_table_unknown": "В ресторане нет стола {table}.",
    "old_text_broken": "В поле {field} половина символа; вместо неё стоит знак замены.",
    "old_text_cut": "Поле {field} сокращено до {longest} символов; целиком оно хранится в extra.",
    "old_text_squeezed": "Из поля {field} убраны лишние или невидимые символы.",
    "old_time_unreadable": "В поле {field} нет даты и времени; строка не принята.",
    "old_value_converted": "Поле {field} было записано иначе; значение преобразовано.",
    "old_value_unusable": "Значение поля {field} непригодно; оно отложено, а не использовано.",
}
