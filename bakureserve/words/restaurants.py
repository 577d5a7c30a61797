"""What the program says about a restaurant's document."""

from __future__ import annotations

EN = {
    "mailbox_expected": "Must be an e-mail address of at most {longest} characters.",
    "web_address_expected": "Must be an http or https address of at most {longest} characters.",
    # The document as a whole
    "venue_document": "The restaurant's document breaks {count:rule|rules}; each is listed.",
    # What was assumed
    "assumed_booking": "No booking policy given: sittings of {value} minutes are assumed.",
    "assumed_city": "No city given: {value} is assumed.",
    "assumed_id": "No id given: {value} was made from the slug.",
    "assumed_opening_hours": "No opening hours given: {value} daily is assumed.",
    "assumed_slug": "No slug given: {value} was made from the name.",
    "assumed_timezone": "No time zone given: {value} is assumed.",
    # One field
    "link_expected": (
        "Must be an http or https address, or a path, of at most {longest} characters."
    ),
    "name_expected": "Must be text of 1 to {longest} characters, not blank.",
    "not_storable": "Must be JSON in valid Unicode, not nested too deeply.",
    "number_expected": "Must be a number from {least} to {most}.",
    "point_expected": "Must be two numbers, x and y, in per cent of the floor plan.",
    "slug_expected": "Must be 1 to {longest} of the characters a–z, 0–9 and -.",
    "text_expected": "Must be text of at most {longest} characters.",
    "time_expected": "Must be a time from 00:00 to {latest}, such as 09:30.",
    "unknown_timezone": "Must be the name of a time zone, such as Asia/Baku.",
    "whole_number_expected": "Must be a whole number from {least} to {most}.",
    # Fields that do not go together
    "closed_with_periods": "A closed day has no periods: remove them, or say closed: false.",
    "coordinate_missing": "Must be given as well, because {other} is.",
    "date_out_of_range": "The year must be from {least} to {most}.",
    "duplicate_area": "Another area already has the id {id}. Each needs its own.",
    "duplicate_date": "Another special day already has the date {date}. Put them together.",
    "duplicate_table": (
        "Another table of this restaurant already has the id {id}. Each needs its own."
    ),
    "max_party_below_min": "Must not be less than min_party, which is {min_party}.",
    "open_without_periods": "An open day needs at least one period: add it, or say closed: true.",
    "periods_overlap": "Opens before {other} has closed. Let them follow one another.",
    "turn_times_missing": "Must have at least one turn time.",
    "turn_times_not_ascending": "Must be greater than the one before it, {previous}.",
}

AZ = {
    "mailbox_expected": "Ən çoxu {longest} simvoldan ibarət e-poçt ünvanı olmalıdır.",
    "web_address_expected": "Ən çoxu {longest} simvoldan ibarət http və ya https ünvanı olmalıdır.",
    # The document as a whole
    "venue_document": "Restoranın sənədində {count} qayda pozulub; hər biri siyahıda göstərilib.",
    # What was assumed
    "assumed_booking": (
        "Rezervasiya qaydaları verilməyib: hər oturuş {value} dəqiqə qəbul edilir."
    ),
    "assumed_city": "Şəhər göstərilməyib: {value} qəbul edilir.",
    "assumed_id": "id verilməyib: {value} slug əsasında yaradılıb.",
    "assumed_opening_hours": "İş saatları verilməyib: hər gün {value} qəbul edilir.",
    "assumed_slug": "slug verilməyib: {value} addan yaradılıb.",
    "assumed_timezone": "Saat qurşağı verilməyib: {value} qəbul edilir.",
    # One field
    "link_expected": (
        "Ən çoxu {longest} simvolluq http və ya https ünvanı, yaxud fayl yolu olmalıdır."
    ),
    "name_expected": "1–{longest} simvolluq mətn olmalıdır; yalnız boşluqlardan ibarət ola bilməz.",
    "not_storable": "Düzgün Unicode ilə yazılmış, çox dərin olmayan JSON olmalıdır.",
    "number_expected": "{least} ilə {most} arasında ədəd olmalıdır.",
    "point_expected": "İki ədəd (x və y) olmalıdır, zal planının faizi ilə.",
    "slug_expected": "a–z, 0–9 və - simvollarından ibarət, ən çoxu {longest} simvol olmalıdır.",
    "text_expected": "Ən çoxu {longest} simvolluq mətn olmalıdır.",
    "time_expected": "00:00 ilə {latest} arasında vaxt olmalıdır, məsələn 09:30.",
    "unknown_timezone": "Saat qurşağının adı olmalıdır, məsələn Asia/Baku.",
    "whole_number_expected": "{least} ilə {most} arasında tam ədəd olmalıdır.",
    # Fields that do not go together
    "closed_with_periods": (
        "Bağlı günün iş saatları olmur: onları silin və ya closed: false yazın."
    ),
    "coordinate_missing": "{other} verildiyi üçün bu da verilməlidir.",
    "date_out_of_range": "İl {least} ilə {most} arasında olmalıdır.",
    "duplicate_area": "{id} id-si olan başqa zal artıq var. Hər zalın öz id-si olmalıdır.",
    "duplicate_date": "{date} tarixli başqa xüsusi gün artıq var. Onları birləşdirin.",
    "duplicate_table": (
        "Bu restoranda {id} id-si olan başqa masa artıq var. Hər masanın öz id-si olmalıdır."
    ),
    "max_party_below_min": "min_party dəyərindən ({min_party}) az ola bilməz.",
    "open_without_periods": (
        "Açıq günün ən azı bir iş aralığı olmalıdır: əlavə edin və ya closed: true yazın."
    ),
    "periods_overlap": "{other} bağlanmadan açılır. Aralıqlar bir-birinin ardınca gəlməlidir.",
    "turn_times_missing": "Ən azı bir oturuş müddəti olmalıdır.",
    "turn_times_not_ascending": "Özündən əvvəlkindən ({previous}) böyük olmalıdır.",
}

RU = {
    "mailbox_expected": "Нужен адрес электронной почты не длиннее {longest} символов.",
    "web_address_expected": "Нужен адрес http или https не длиннее {longest} символов.",
    # The document as a whole
    "venue_document": "Нарушений правил в документе ресторана: {count}; каждое указано в списке.",
    # What was assumed
    "assumed_booking": (
        "Правила бронирования не указаны: длительность посещения принята за {value} мин."
    ),
    "assumed_city": "Город не указан: принят {value}.",
    "assumed_id": "id не указан: {value} создан из slug.",
    "assumed_opening_hours": "Часы работы не указаны: принято {value} ежедневно.",
    "assumed_slug": "slug не указан: {value} создан из названия.",
    "assumed_timezone": "Часовой пояс не указан: принят {value}.",
    # One field
    "link_expected": "Нужен адрес http или https либо путь, не длиннее {longest} символов.",
    "name_expected": "Нужен текст от 1 до {longest} символов, не из одних пробелов.",
    "not_storable": "Нужен JSON в корректном Юникоде без слишком глубокой вложенности.",
    "number_expected": "Нужно число от {least} до {most}.",
    "point_expected": "Нужны два числа, x и y, в процентах от плана зала.",
    "slug_expected": "Нужно от 1 до {longest} символов из a–z, 0–9 и -.",
    "text_expected": "Нужен текст не длиннее {longest} символов.",
    "time_expected": "Нужно время от 00:00 до {latest}, например 09:30.",
    "unknown_timezone": "Нужно название часового пояса, например Asia/Baku.",
    "whole_number_expected": "Нужно целое число от {least} до {most}.",
    # Fields that do not go together
    "closed_with_periods": (
        "У закрытого дня нет часов работы: уберите их или укажите closed: false."
    ),
    "coordinate_missing": "Нужно указать, потому что указано {other}.",
    "date_out_of_range": "Год должен быть от {least} до {most}.",
    "duplicate_area": "Зал с id {id} уже есть. У каждого зала должен быть свой id.",
    "duplicate_date": "Особый день {date} уже указан. Объедините записи.",
    "duplicate_table": (
        "Столик с id {id} в этом ресторане уже есть. У каждого столика должен быть свой id."
    ),
    "max_party_below_min": "Должно быть не меньше min_party, то есть {min_party}.",
    "open_without_periods": (
        "У открытого дня должны быть часы работы: добавьте их или укажите closed: true."
    ),
    "periods_overlap": (
        "Открытие раньше, чем закончился {other}. Периоды должны идти друг за другом."
    ),
    "turn_times_missing": "Нужна хотя бы одна длительность посещения.",
    "turn_times_not_ascending": "Должно быть больше предыдущего значения, {previous}.",
}
