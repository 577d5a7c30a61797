"""What the booking rules say: which rule stood in the way, and what would be right."""

from __future__ import annotations

EN = {
    # When
    "after_last_seating": (
        "The last sitting for this party starts at {latest}. Choose that time or an earlier one."
    ),
    "closed_that_day": "The restaurant is closed on {date}. Choose another date.",
    "end_after_closing": "The restaurant closes at {closes}. Choose an end no later than that.",
    "end_before_start": "The end must be later than the start, {start}.",
    "end_not_offered": "This sitting ends at {offered}. Give that as the end, or leave it out.",
    "outside_hours": ("The restaurant is not open at that time. Its hours on {date}: {hours}."),
    "service_too_short": (
        "A party of this size sits for {minutes:minute|minutes}, longer than this service lasts. "
        "Choose another service or another date."
    ),
    "sitting_too_long": (
        "A sitting can last up to {longest_minutes:minute|minutes}. Choose an earlier end."
    ),
    "start_beyond_horizon": (
        "Tables can be booked {horizon_days:day|days} ahead. The latest date now is {latest}."
    ),
    "start_in_past": "That start is in the past. The earliest that can be booked is {earliest}.",
    "start_off_grid": "No sitting starts at that time. The nearest start at {nearest}.",
    "start_too_soon": (
        "Tables must be booked at least {lead_minutes:minute|minutes} ahead. "
        "The earliest start now is {earliest}."
    ),
    "time_out_of_range": "The time must lie in the years {earliest} to {latest}.",
    # Who and where
    "party_larger_than_table": (
        "{table} seats up to {capacity}. Choose a larger table, or leave the table out."
    ),
    "party_too_large": "The restaurant takes parties of up to {largest}. Call it for larger ones.",
    "party_too_small": "The restaurant takes parties from {smallest} guests up.",
    "table_of_another_venue": (
        "This restaurant has no table {table_id}. "
        "Choose one from its floor plan, or leave the table out."
    ),
    "venue_without_tables": "{name} has no tables that can be booked yet.",
    # What was typed
    "name_blank": "Give a name for the booking.",
    "name_has_link": "A name cannot hold a web address.",
    "name_too_long": "A name can have up to {longest} characters.",
    "notes_too_long": "Notes can have up to {longest} characters.",
    "phone_malformed": (
        "A phone number has {shortest} to {longest} characters: digits, spaces and + ( ) - ."
    ),
    "prep_item_has_link": "A dish cannot hold a web address.",
    "prep_item_too_long": "An item can have up to {longest} characters.",
    "prep_items_too_many": "A pre-order can have up to {most} items.",
    "tag_too_long": "A tag can have up to {longest} characters.",
    "tags_too_many": "A reservation can have up to {most} tags.",
    # Changes of status
    "day_over": (
        "{date} is over, so that nobody sits down any more. Close that day to settle what is open."
    ),
    "illegal_status_change": (
        "A reservation that is {status} cannot take the step {action}. Possible now: {allowed}."
    ),
    "too_early": "It is too early for the step {action}. It is possible from {earliest} on.",
    # Pre-orders
    "minutes_away_out_of_range": "Give between {smallest} and {largest} minutes of travel.",
    "prep_scope_unknown": "Choose what to have ready: {allowed}.",
    "prep_starts_before_arrival": (
        "The kitchen starts {recommended_prep_minutes:minute|minutes} before you arrive."
    ),
    "prep_starts_now": (
        "The kitchen starts now and needs longer than your way; the food comes soon after you."
    ),
}

AZ = {
    # When
    "after_last_seating": (
        "Bu sayda qonaq üçün masanın verildiyi ən gec vaxt: {latest}. "
        "Həmin vaxtı və ya daha tez bir vaxt seçin."
    ),
    "closed_that_day": "Restoran {date} tarixində bağlıdır. Başqa tarix seçin.",
    "end_after_closing": "Restoran bu vaxt bağlanır: {closes}. Bitmə vaxtı bundan gec olmasın.",
    "end_before_start": "Bitmə vaxtı başlanğıcdan ({start}) sonra olmalıdır.",
    "end_not_offered": (
        "Bu rezervasiyanın bitmə vaxtı: {offered}. Onu göstərin və ya bitmə vaxtını yazmayın."
    ),
    "outside_hours": "Restoran bu vaxt açıq deyil. {date} üçün iş saatları: {hours}.",
    "service_too_short": (
        "Bu sayda qonaq üçün masa {minutes} dəqiqəliyə verilir, restoran isə o vaxt daha az "
        "açıq olur. Başqa saat və ya tarix seçin."
    ),
    "sitting_too_long": (
        "Rezervasiya ən çox {longest_minutes} dəqiqəlik ola bilər. Daha tez bitmə vaxtı seçin."
    ),
    "start_beyond_horizon": (
        "Masanı ən çox {horizon_days} gün əvvəldən rezerv etmək olar. "
        "Hazırda ən gec tarix: {latest}."
    ),
    "start_in_past": "Bu başlanğıc vaxtı artıq keçib. Mümkün olan ən tez vaxt: {earliest}.",
    "start_off_grid": "Bu vaxta masa verilmir. Ən yaxın vaxt: {nearest}.",
    "start_too_soon": (
        "Masanı ən azı {lead_minutes} dəqiqə əvvəldən rezerv etmək lazımdır. "
        "Hazırda ən tez vaxt: {earliest}."
    ),
    "time_out_of_range": "Vaxt {earliest}–{latest} illəri arasında olmalıdır.",
    # Who and where
    "party_larger_than_table": (
        "{table} masasında ən çox {capacity} nəfərlik yer var. "
        "Daha böyük masa seçin və ya masanı göstərməyin."
    ),
    "party_too_large": (
        "Restoran ən çox {largest} nəfər üçün rezervasiya qəbul edir. "
        "Daha çox qonaq üçün restorana zəng edin."
    ),
    "party_too_small": "Restoran ən azı {smallest} nəfər üçün rezervasiya qəbul edir.",
    "table_of_another_venue": (
        "Bu restoranda {table_id} masası yoxdur. "
        "Zalın planından masa seçin və ya masanı göstərməyin."
    ),
    "venue_without_tables": "{name} restoranında hələ rezerv edilə bilən masa yoxdur.",
    # What was typed
    "name_blank": "Rezervasiya üçün ad yazın.",
    "name_has_link": "Adda veb-ünvan ola bilməz.",
    "name_too_long": "Ad ən çox {longest} simvol ola bilər.",
    "notes_too_long": "Qeyd ən çox {longest} simvol ola bilər.",
    "phone_malformed": (
        "Telefon nömrəsi {shortest}–{longest} simvoldan ibarətdir: rəqəmlər, boşluq və + ( ) - ."
    ),
    "prep_item_has_link": "Yeməyin adında veb-ünvan ola bilməz.",
    "prep_item_too_long": "Yeməyin adı ən çox {longest} simvol ola bilər.",
    "prep_items_too_many": "Qabaqcadan sifarişdə ən çox {most} yemək ola bilər.",
    "tag_too_long": "Etiket ən çox {longest} simvol ola bilər.",
    "tags_too_many": "Rezervasiyada ən çox {most} etiket ola bilər.",
    # Changes of status
    "day_over": (
        "{date} günü bitib, artıq heç kim masaya oturdulmur. Açıq qalanları həmin günü bağlayaraq "
        "tamamlayın."
    ),
    "illegal_status_change": (
        "Rezervasiyanın vəziyyəti “{status}” olduqda “{action}” mümkün deyil. "
        "İndi mümkün olan: {allowed}."
    ),
    "too_early": "“{action}” üçün hələ tezdir. Bu vaxtdan mümkündür: {earliest}.",
    # Pre-orders
    "minutes_away_out_of_range": "Yol vaxtını {smallest}–{largest} dəqiqə arasında göstərin.",
    "prep_scope_unknown": "Nəyin hazır olacağını seçin: {allowed}.",
    "prep_starts_before_arrival": (
        "Mətbəx işə siz gəlməzdən {recommended_prep_minutes} dəqiqə əvvəl başlayacaq."
    ),
    "prep_starts_now": (
        "Mətbəx indi başlayır, amma hazırlıq yolunuzdan çox vaxt aparır: "
        "yemək siz gəldikdən bir az sonra veriləcək."
    ),
}

RU = {
    # When
    "after_last_seating": (
        "Самое позднее время начала для такой компании: {latest}. "
        "Выберите это или более раннее время."
    ),
    "closed_that_day": "Ресторан {date} закрыт. Выберите другую дату.",
    "end_after_closing": "Ресторан закрывается: {closes}. Выберите окончание не позже.",
    "end_before_start": "Окончание должно быть позже начала ({start}).",
    "end_not_offered": (
        "Эта бронь заканчивается в {offered}. Укажите это время или не указывайте окончание."
    ),
    "outside_hours": "В это время ресторан не работает. Часы работы на {date}: {hours}.",
    "service_too_short": (
        "Такая компания занимает стол на {minutes} мин., а ресторан в это время открыт меньше. "
        "Выберите другое время или другую дату."
    ),
    "sitting_too_long": (
        "Бронь может длиться не больше {longest_minutes} мин. Выберите более раннее окончание."
    ),
    "start_beyond_horizon": (
        "Столы бронируются не дальше чем за {horizon_days} дн. Самая поздняя дата сейчас: {latest}."
    ),
    "start_in_past": "Это время уже прошло. Самое раннее возможное начало: {earliest}.",
    "start_off_grid": "На это время столы не бронируются. Ближайшее время: {nearest}.",
    "start_too_soon": (
        "Бронировать нужно не позже чем за {lead_minutes} мин. до начала. "
        "Самое раннее начало сейчас: {earliest}."
    ),
    "time_out_of_range": "Время должно быть в пределах {earliest}–{latest} годов.",
    # Who and where
    "party_larger_than_table": (
        "Мест за столом {table}: {capacity}. Выберите стол побольше или не указывайте стол."
    ),
    "party_too_large": (
        "Ресторан принимает брони на компании до {largest} чел. "
        "Для большей компании позвоните в ресторан."
    ),
    "party_too_small": "Ресторан принимает брони на компании от {smallest} чел.",
    "table_of_another_venue": (
        "В этом ресторане нет стола {table_id}. Выберите стол на плане зала или не указывайте его."
    ),
    "venue_without_tables": "В ресторане {name} пока нет столов для бронирования.",
    # What was typed
    "name_blank": "Укажите имя для брони.",
    "name_has_link": "В имени не может быть веб-адреса.",
    "name_too_long": "В имени может быть не больше {longest} знаков.",
    "notes_too_long": "В примечании может быть не больше {longest} знаков.",
    "phone_malformed": (
        "В номере телефона от {shortest} до {longest} знаков: цифры, пробелы и + ( ) - ."
    ),
    "prep_item_has_link": "В названии блюда не может быть веб-адреса.",
    "prep_item_too_long": "В названии блюда может быть не больше {longest} знаков.",
    "prep_items_too_many": "В предзаказе может быть не больше {most} блюд.",
    "tag_too_long": "В метке может быть не больше {longest} знаков.",
    "tags_too_many": "У брони может быть не больше {most} меток.",
    # Changes of status
    "day_over": (
        "День {date} закончился, и за стол больше никого не сажают. Закройте этот день, чтобы "
        "решить, что осталось открытым."
    ),
    "illegal_status_change": (
        "Для брони в состоянии «{status}» действие «{action}» невозможно. "
        "Сейчас возможно: {allowed}."
    ),
    "too_early": "Для действия «{action}» ещё рано. Оно возможно с {earliest}.",
    # Pre-orders
    "minutes_away_out_of_range": "Укажите время в пути от {smallest} до {largest} минут.",
    "prep_scope_unknown": "Выберите, что приготовить к приходу: {allowed}.",
    "prep_starts_before_arrival": (
        "Кухня начнёт готовить за {recommended_prep_minutes} мин. до вашего прихода."
    ),
    "prep_starts_now": (
        "Кухня начинает сейчас, но готовит дольше, чем вы едете: "
        "блюда подадут вскоре после вашего прихода."
    ),
}
