"""What the program says when a booking is changed, cancelled or brought back."""

from __future__ import annotations

EN = {
    "guest_already_booked": (
        "You have a booking at that time: {restaurant}, {start} (reservation "
        "{reservation}). Choose another time, or cancel that one."
    ),
    "guest_bookings_many": (
        "You have {most:booking|bookings} to come, which is as many as a guest can have. Cancel "
        "one to make another."
    ),
    "field_staff_only": "Only the restaurant's staff set {field}.",
    "cancelled_by_restaurant": (
        "The restaurant cancelled this booking. Call it, or make a new one."
    ),
    "no_show_kept": ("A no-show stays on the books. Erasing the guest's account takes it out."),
    "visit_begun": ("The visit has begun. To change it, ask the restaurant."),
    "visit_kept": (
        "A visit stays on the restaurant's books once the party was seated or did not come."
    ),
    "seated_party_stays": (
        "The party sits and keeps its table, which does not do for this. To move them, name one of "
        "the free tables as table_id: {free}."
    ),
    "seated_start_stands": "The party sits already: when its visit began cannot be changed.",
}

AZ = {
    "guest_already_booked": (
        "Bu vaxta artıq rezervasiyanız var: {restaurant}, {start} (rezervasiya "
        "{reservation}). Başqa vaxt seçin və ya onu ləğv edin."
    ),
    "guest_bookings_many": (
        "Qarşıda {most} rezervasiyanız var; bir qonağın bundan çox rezervasiyası ola "
        "bilməz. Yenisi üçün birini ləğv edin."
    ),
    "field_staff_only": "{field} sahəsini yalnız restoranın işçiləri doldura bilər.",
    "cancelled_by_restaurant": (
        "Bu rezervasiyanı restoran ləğv edib. Restorana zəng edin və ya yenisini yaradın."
    ),
    "no_show_kept": (
        "Qonağın gəlmədiyi rezervasiya silinmir. O, yalnız qonağın hesabı silinəndə silinir."
    ),
    "visit_begun": ("Rezervasiyanın vaxtı artıq başlayıb. Dəyişmək üçün restorana müraciət edin."),
    "visit_kept": ("Qonaqların oturduğu və ya gəlmədiyi rezervasiya restoranın qeydlərində qalır."),
    "seated_party_stays": (
        "Qonaqlar artıq masadadır və bu dəyişiklik həmin masada mümkün deyil. Onları köçürmək "
        "üçün table_id olaraq boş masalardan birini göstərin: {free}."
    ),
    "seated_start_stands": "Qonaqlar artıq masadadır: başlanğıc vaxtını dəyişmək olmaz.",
}

RU = {
    "guest_already_booked": (
        "На это время у вас уже есть бронь: {restaurant}, {start} (бронь {reservation}). "
        "Выберите другое время или отмените её."
    ),
    "guest_bookings_many": (
        "Предстоящих броней у вас уже {most}, больше у одного гостя быть не может. "
        "Отмените одну, чтобы сделать новую."
    ),
    "field_staff_only": "Поле {field} заполняют только сотрудники ресторана.",
    "cancelled_by_restaurant": ("Эту бронь отменил ресторан. Позвоните туда или сделайте новую."),
    "no_show_kept": (
        "Бронь, по которой гость не пришёл, не удаляется. Её убирает удаление учётной записи гостя."
    ),
    "visit_begun": ("Визит уже начался. Чтобы его изменить, обратитесь в ресторан."),
    "visit_kept": (
        "Бронь, по которой гостей посадили или они не пришли, остаётся в книге ресторана."
    ),
    "seated_party_stays": (
        "Гости уже сидят, и за их столом это невозможно. Чтобы пересадить их, укажите в table_id "
        "один из свободных столов: {free}."
    ),
    "seated_start_stands": "Гости уже сидят: время начала изменить нельзя.",
}
