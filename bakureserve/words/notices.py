"""What is written to guests and restaurants, and what is said about the outbox."""

from __future__ import annotations

EN = {
    # About accounts
    "mail_verify_subject": "Confirm your e-mail address",
    "mail_verify": (
        "An account was opened with this address, {email}. If it was you, open this link within "
        "a day:\n\n{link}\n\nIf it was not you, do nothing: you get no letters about its "
        "bookings. The account becomes yours when you choose a password of your own (“Forgot the "
        "password?”)."
    ),
    "mail_reset_subject": "Choose a new password",
    "mail_reset": (
        "Somebody, probably you, asked for a new password for the account of {email}. This link "
        "works once, within a day:\n\n{link}\n\nIf it was not you, do nothing: the password stays."
    ),
    "mail_reset_unproved": (
        "This address was not confirmed yet, so the account begins anew with the new password: "
        "its bookings stand at the restaurants, but leave the account. To keep them in it, open "
        "the link that confirms the address first."
    ),
    # To guests
    "mail_guest_booked_subject": "{restaurant}: your table on {day} at {time}",
    "mail_guest_booked": "Dear {name}, your table at {restaurant} is booked.",
    "mail_guest_changed_subject": "{restaurant}: your booking has changed",
    "mail_guest_changed": "Dear {name}, your booking at {restaurant} has changed. It is now:",
    "mail_guest_cancelled_subject": "{restaurant}: your booking is cancelled",
    "mail_guest_cancelled": "Dear {name}, your booking at {restaurant} is cancelled. It was:",
    "mail_calendar_summary": "{restaurant}, table for {party_size}",
    # To restaurants
    "mail_house_booked_subject": "Booked: {name}, {party_size}, {day} {time}",
    "mail_house_booked": "A table has been booked at {restaurant}.",
    "mail_house_changed_subject": "Changed: {name}, {party_size}, {day} {time}",
    "mail_house_changed": "A booking at {restaurant} has changed. It is now:",
    "mail_house_cancelled_subject": "Cancelled: {name}, {party_size}, {day} {time}",
    "mail_house_cancelled": "A booking at {restaurant} is cancelled. It was:",
    "mail_house_preordered_subject": "Pre-order: {name}, {party_size}, {day} {time}",
    "mail_house_preordered": "A guest of {restaurant} has ordered ahead.",
    "mail_house_webhook_off_subject": "{restaurant}: your webhook address is switched off",
    "mail_house_webhook_off": (
        "The address that {restaurant} wants webhooks at has answered 410: it is gone. Nothing is "
        "sent there any more. Ask the operator to set a new address, or the same one again."
    ),
    # Facts, one a line
    "mail_when": "When: {day}, {time}–{end}",
    "mail_party": "Party: {party_size}, table {table}",
    "mail_where": "Where: {address}",
    "mail_phone": "Telephone: {phone}",
    "mail_guest": "Guest: {name} {guest_phone}",
    "mail_items": "Ordered: {items}",
    "mail_notes": "The guest notes: {notes}",
    "mail_reference": "Reservation: {reference}",
    # The outbox
    "delivery_settled": "Delivery {delivery} is {status}: it cannot be retried or dropped.",
    "delivery_unknown": "There is no delivery {delivery}. List them: bakureserve outbox list",
    "webhook_secret_unset": "Set WEBHOOK_SECRET first: restaurants' secrets are made from it.",
}

AZ = {
    # About accounts
    "mail_verify_subject": "E-poçt ünvanınızı təsdiqləyin",
    "mail_verify": (
        "Bu ünvanla ({email}) hesab açılıb. Onu siz açmısınızsa, bir gün ərzində bu keçidi açın:"
        "\n\n{link}\n\nSiz açmamısınızsa, heç nə etməyin: onunla edilən rezervasiyalar barədə "
        "sizə məktub gəlməyəcək. Öz parolunuzu təyin etsəniz («Parolu unutmusunuz?»), hesab sizin "
        "olacaq."
    ),
    "mail_reset_subject": "Yeni parol seçin",
    "mail_reset": (
        "Kimsə, yəqin ki siz, {email} hesabı üçün yeni parol istəyib. Bu keçid bir gün ərzində "
        "bir dəfə işləyir:\n\n{link}\n\nBunu siz istəməmisinizsə, heç nə etməyin: parol dəyişmir."
    ),
    "mail_reset_unproved": (
        "Bu ünvan hələ təsdiqlənməyib, ona görə hesab yeni parolla yenidən başlayır: sifarişlər "
        "restoranlarda qüvvədə qalır, lakin hesabdan çıxır. Onları hesabda saxlamaq üçün əvvəlcə "
        "ünvanı təsdiqləyən keçidi açın."
    ),
    # To guests
    "mail_guest_booked_subject": "{restaurant}: masanız {day}, saat {time}",
    "mail_guest_booked": "Hörmətli {name}, {restaurant} restoranında masanız sifariş edildi.",
    "mail_guest_changed_subject": "{restaurant}: sifarişiniz dəyişdi",
    "mail_guest_changed": "Hörmətli {name}, {restaurant} restoranında sifarişiniz dəyişdi. İndi:",
    "mail_guest_cancelled_subject": "{restaurant}: sifarişiniz ləğv edildi",
    "mail_guest_cancelled": "Hörmətli {name}, {restaurant} restoranında sifarişiniz ləğv edildi:",
    "mail_calendar_summary": "{restaurant}, {party_size} nəfərlik masa",
    # To restaurants
    "mail_house_booked_subject": "Yeni sifariş: {name}, {party_size} nəfər, {day} {time}",
    "mail_house_booked": "{restaurant}: masa sifariş edildi.",
    "mail_house_changed_subject": "Dəyişdi: {name}, {party_size} nəfər, {day} {time}",
    "mail_house_changed": "{restaurant}: sifariş dəyişdi. İndi:",
    "mail_house_cancelled_subject": "Ləğv edildi: {name}, {party_size} nəfər, {day} {time}",
    "mail_house_cancelled": "{restaurant}: sifariş ləğv edildi:",
    "mail_house_preordered_subject": "Ön sifariş: {name}, {party_size} nəfər, {day} {time}",
    "mail_house_preordered": "{restaurant}: qonaq yeməyi əvvəlcədən sifariş etdi.",
    "mail_house_webhook_off_subject": "{restaurant}: webhook ünvanınız söndürüldü",
    "mail_house_webhook_off": (
        "{restaurant} restoranının webhook ünvanı 410 cavabını verdi, yəni artıq mövcud deyil. Ora "
        "daha heç nə göndərilmir. Operatordan yeni ünvan və ya həmin ünvanı yenidən yazmağı "
        "xahiş edin."
    ),
    # Facts, one a line
    "mail_when": "Vaxt: {day}, {time}–{end}",
    "mail_party": "Nəfər: {party_size}, masa {table}",
    "mail_where": "Ünvan: {address}",
    "mail_phone": "Telefon: {phone}",
    "mail_guest": "Qonaq: {name} {guest_phone}",
    "mail_items": "Sifariş: {items}",
    "mail_notes": "Qonağın qeydi: {notes}",
    "mail_reference": "Rezervasiya: {reference}",
    # The outbox
    "delivery_settled": (
        "{delivery} göndərişinin vəziyyəti {status}: onu təkrarlamaq və ya ləğv etmək olmaz."
    ),
    "delivery_unknown": "{delivery} göndərişi yoxdur. Siyahı: bakureserve outbox list",
    "webhook_secret_unset": (
        "Əvvəlcə WEBHOOK_SECRET təyin edin: restoranların açarları ondan yaradılır."
    ),
}

RU = {
    # About accounts
    "mail_verify_subject": "Подтвердите адрес эл. почты",
    "mail_verify": (
        "С этим адресом ({email}) открыта учётная запись. Если её открыли вы, перейдите в течение "
        "суток по ссылке:\n\n{link}\n\nЕсли не вы, ничего не делайте: писем о её бронях вы не "
        "получите. Задав свой пароль («Забыли пароль?»), вы получите эту учётную запись."
    ),
    "mail_reset_subject": "Выберите новый пароль",
    "mail_reset": (
        "Кто-то, вероятно вы, запросил новый пароль для учётной записи {email}. Ссылка действует "
        "один раз, в течение суток:\n\n{link}\n\nЕсли это были не вы, ничего не делайте: пароль "
        "останется прежним."
    ),
    "mail_reset_unproved": (
        "Этот адрес ещё не подтверждён, поэтому с новым паролем учётная запись начнётся заново: "
        "её брони остаются в силе у ресторанов, но в ней их больше не будет. Чтобы сохранить их "
        "в ней, сначала откройте ссылку, которая подтверждает адрес."
    ),
    # To guests
    "mail_guest_booked_subject": "{restaurant}: ваш столик {day} в {time}",
    "mail_guest_booked": "{name}, ваш столик в ресторане {restaurant} забронирован.",
    "mail_guest_changed_subject": "{restaurant}: ваша бронь изменена",
    "mail_guest_changed": "{name}, ваша бронь в ресторане {restaurant} изменена. Теперь:",
    "mail_guest_cancelled_subject": "{restaurant}: ваша бронь отменена",
    "mail_guest_cancelled": "{name}, ваша бронь в ресторане {restaurant} отменена:",
    "mail_calendar_summary": "{restaurant}, столик на {party_size}",
    # To restaurants
    "mail_house_booked_subject": "Бронь: {name}, {party_size} чел., {day} {time}",
    "mail_house_booked": "{restaurant}: забронирован столик.",
    "mail_house_changed_subject": "Изменено: {name}, {party_size} чел., {day} {time}",
    "mail_house_changed": "{restaurant}: бронь изменена. Теперь:",
    "mail_house_cancelled_subject": "Отменено: {name}, {party_size} чел., {day} {time}",
    "mail_house_cancelled": "{restaurant}: бронь отменена:",
    "mail_house_preordered_subject": "Предзаказ: {name}, {party_size} чел., {day} {time}",
    "mail_house_preordered": "{restaurant}: гость сделал предзаказ.",
    "mail_house_webhook_off_subject": "{restaurant}: адрес для вебхуков отключён",
    "mail_house_webhook_off": (
        "Адрес, на который {restaurant} получает вебхуки, ответил 410: его больше нет. Туда "
        "ничего больше не отправляется. Попросите оператора указать новый адрес или тот же снова."
    ),
    # Facts, one a line
    "mail_when": "Время: {day}, {time}–{end}",
    "mail_party": "Гостей: {party_size}, столик {table}",
    "mail_where": "Адрес: {address}",
    "mail_phone": "Телефон: {phone}",
    "mail_guest": "Гость: {name} {guest_phone}",
    "mail_items": "Заказано: {items}",
    "mail_notes": "Пожелания гостя: {notes}",
    "mail_reference": "Бронь: {reference}",
    # The outbox
    "delivery_settled": "Отправка {delivery}: {status}, её нельзя повторить или отменить.",
    "delivery_unknown": "Отправки {delivery} нет. Список: bakureserve outbox list",
    "webhook_secret_unset": ("Сначала задайте WEBHOOK_SECRET: из него создаются ключи ресторанов."),
}
