"""What is said where the state of a restaurant or a reservation forbids what was asked."""

from __future__ import annotations

EN = {
    # Restaurants
    "restaurant_changing": (
        "The restaurant's details are being changed at this very moment. Try again."
    ),
    "restaurant_still_booked": (
        "Reservations there that are not over: {count}. Move, end or cancel them first."
    ),
    "restaurant_unknown": "There is no restaurant {restaurant}.",
    "restaurant_unknown_but": "There is no restaurant {restaurant}. Did you mean {meant}?",
    "slug_taken": "The slug {slug} belongs to the restaurant {restaurant}. Choose another.",
    "table_still_booked": (
        "Table {table} has {count:booking that is|bookings that are} not over. Move, end or cancel "
        "them first."
    ),
    # Reservations
    "changed_meanwhile": "Somebody else changed the reservation meanwhile. Load it and try again.",
    "fully_booked": (
        "No table for {party_size} is free at that time. Choose another time or another restaurant."
    ),
    "idempotency_key_in_use": (
        "A request with this Idempotency-Key is still being worked on. Try again in a moment."
    ),
    "idempotency_key_reused": (
        "This Idempotency-Key was used for another request. Send a new one with a new request."
    ),
    "preorder_disabled": "This server takes no pre-orders.",
    "reservation_not_active": (
        "The reservation is {status}. Only a booked or seated one can be changed."
    ),
    "reservation_unknown": "There is no reservation {reservation}.",
    "restaurant_retired": "{name} takes no bookings any more. Choose another restaurant.",
    "sitting_over": "The time of this reservation is over. Make a new one.",
    "table_occupied": (
        "{party} has been sitting at {table} since {since}. When they have left, complete their "
        "visit; or seat this party at another table."
    ),
    "table_taken": "The table is taken at that time. Choose another table or another time.",
}

AZ = {
    # Restaurants
    "restaurant_changing": ("Restoranın məlumatları məhz indi dəyişdirilir. Yenidən cəhd edin."),
    "restaurant_still_booked": (
        "Oradakı bitməmiş rezervasiyalar: {count}. Əvvəlcə onları köçürün, tamamlayın və ya "
        "ləğv edin."
    ),
    "restaurant_unknown": "{restaurant} adlı restoran yoxdur.",
    "restaurant_unknown_but": (
        "{restaurant} adlı restoran yoxdur. Bəlkə {meant} nəzərdə tutulurdu?"
    ),
    "slug_taken": "{slug} slug-ı {restaurant} restoranına məxsusdur. Başqasını seçin.",
    "table_still_booked": (
        "{table} masasında bitməmiş rezervasiyalar var: {count}. Əvvəlcə onları köçürün, "
        "tamamlayın və ya ləğv edin."
    ),
    # Reservations
    "changed_meanwhile": (
        "Bu arada rezervasiyanı başqası dəyişdi. Onu yenidən açın və təkrar cəhd edin."
    ),
    "fully_booked": (
        "Bu vaxt {party_size} nəfər üçün boş masa yoxdur. Başqa vaxt və ya başqa restoran seçin."
    ),
    "idempotency_key_in_use": (
        "Bu Idempotency-Key ilə göndərilmiş sorğu hələ icra olunur. Bir azdan yenidən cəhd edin."
    ),
    "idempotency_key_reused": (
        "Bu Idempotency-Key başqa sorğu üçün istifadə olunub. Yeni sorğu üçün yeni açar göndərin."
    ),
    "preorder_disabled": "Bu server qabaqcadan sifariş qəbul etmir.",
    "reservation_not_active": (
        "Rezervasiyanın statusu: {status}. Yalnız booked və seated statuslu rezervasiyanı "
        "dəyişmək olar."
    ),
    "reservation_unknown": "{reservation} nömrəli rezervasiya yoxdur.",
    "restaurant_retired": "{name} artıq rezervasiya qəbul etmir. Başqa restoran seçin.",
    "sitting_over": "Bu rezervasiyanın vaxtı keçib. Yenisini edin.",
    "table_occupied": (
        "{table} masasında {party} oturur; oturma vaxtı: {since}. Gediblərsə, ziyarəti bitirin; "
        "ya da bu qonaqlara başqa masa verin."
    ),
    "table_taken": "Masa bu vaxt tutulub. Başqa masa və ya başqa vaxt seçin.",
}

RU = {
    # Restaurants
    "restaurant_changing": "Данные ресторана меняются прямо сейчас. Повторите попытку.",
    "restaurant_still_booked": (
        "Незавершённых броней там: {count}. Сначала перенесите, завершите или отмените их."
    ),
    "restaurant_unknown": "Ресторана {restaurant} нет.",
    "restaurant_unknown_but": "Ресторана {restaurant} нет. Может быть, {meant}?",
    "slug_taken": "Слаг {slug} принадлежит ресторану {restaurant}. Выберите другой.",
    "table_still_booked": (
        "На стол {table} есть незавершённые брони: {count}. "
        "Сначала перенесите, завершите или отмените их."
    ),
    # Reservations
    "changed_meanwhile": (
        "Тем временем бронь изменил кто-то другой. Откройте её заново и повторите попытку."
    ),
    "fully_booked": (
        "На это время нет свободного стола на {party_size} чел. "
        "Выберите другое время или другой ресторан."
    ),
    "idempotency_key_in_use": (
        "Запрос с этим Idempotency-Key ещё выполняется. Повторите попытку чуть позже."
    ),
    "idempotency_key_reused": (
        "Этот Idempotency-Key уже использован для другого запроса. "
        "Для нового запроса отправьте новый ключ."
    ),
    "preorder_disabled": "Этот сервер не принимает предзаказов.",
    "reservation_not_active": (
        "Статус брони: {status}. Изменить можно только бронь в статусе booked или seated."
    ),
    "reservation_unknown": "Брони {reservation} нет.",
    "restaurant_retired": "{name} больше не принимает брони. Выберите другой ресторан.",
    "sitting_over": "Время этой брони прошло. Сделайте новую.",
    "table_occupied": (
        "За столом {table} с {since} сидит {party}. Если гости ушли, завершите их визит; "
        "или посадите этих гостей за другой стол."
    ),
    "table_taken": "Стол на это время занят. Выберите другой стол или другое время.",
}
