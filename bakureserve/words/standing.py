"""Why a booking that was made does not fit a restaurant's rules any more, as staff are told."""

from __future__ import annotations

EN = {
    "stranded_closed_that_day": "The restaurant is closed on {date}.",
    "stranded_end_after_closing": "It ends after closing, which is at {closes}.",
    "stranded_outside_hours": "It begins outside the hours of {date}: {hours}.",
    "stranded_party_larger_than_table": "{table} seats {capacity} now.",
    "stranded_party_too_large": "Parties are taken up to {largest} now.",
    "stranded_party_too_small": "Parties are taken from {smallest} guests up now.",
    "stranded_table_gone": "Table {table} is not on the floor plan any more.",
    "stranded_zone_changed": "Its guest was told the time of {before}; this is that of {after}.",
    "zone_change_shifts_bookings": (
        "The time zone would change from {before} to {after}, and bookings to come ({count}) would "
        "be at another time by the clock than their guests were told. If that is meant, import it "
        "with --allow-zone-change: each keeps its moment and is marked for attention."
    ),
}

AZ = {
    "stranded_closed_that_day": "Restoran {date} tarixində bağlıdır.",
    "stranded_end_after_closing": "Restoran bağlandıqdan sonra bitir; bağlanma vaxtı: {closes}.",
    "stranded_outside_hours": "Başlanğıcı iş saatlarından kənardır; {date}: {hours}.",
    "stranded_party_larger_than_table": "{table} masasında indi {capacity} nəfərlik yer var.",
    "stranded_party_too_large": "İndi ən çox {largest} nəfərlik rezervasiya qəbul edilir.",
    "stranded_party_too_small": "İndi ən azı {smallest} nəfərlik rezervasiya qəbul edilir.",
    "stranded_table_gone": "{table} masası artıq zalın planında yoxdur.",
    "stranded_zone_changed": "Qonağa {before} vaxtı deyilib; indi göstərilən {after} vaxtıdır.",
    "zone_change_shifts_bookings": (
        "Saat qurşağı {before} əvəzinə {after} olardı, qarşıdakı rezervasiyaların ({count}) saatı "
        "qonaqlara deyiləndən fərqlənərdi. Məqsəd budursa, --allow-zone-change ilə yükləyin: "
        "hər birinin anı qalır və diqqət tələb edən kimi qeyd olunur."
    ),
}

RU = {
    "stranded_closed_that_day": "Ресторан {date} закрыт.",
    "stranded_end_after_closing": "Конец — после закрытия; ресторан закрывается: {closes}.",
    "stranded_outside_hours": "Начало — вне часов работы; {date}: {hours}.",
    "stranded_party_larger_than_table": "За столом {table} теперь мест: {capacity}.",
    "stranded_party_too_large": "Теперь принимаются компании до {largest} чел.",
    "stranded_party_too_small": "Теперь принимаются компании от {smallest} чел.",
    "stranded_table_gone": "Стола {table} больше нет на плане зала.",
    "stranded_zone_changed": "Гостю назвали время зоны {before}; здесь — время зоны {after}.",
    "zone_change_shifts_bookings": (
        "Часовой пояс сменился бы с {before} на {after}, а предстоящие брони ({count}) были бы "
        "в другое время, чем сказано гостям. Если так и задумано, загрузите с "
        "--allow-zone-change: момент каждой сохранится, и она будет отмечена."
    ),
}
