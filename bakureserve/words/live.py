"""What the program says about streams."""

from __future__ import annotations

EN = {
    "connections_full": "The server has all the connections it may have. Try again soon.",
    "origin_not_allowed": (
        "Pages of this origin may not open a stream. The operator can list it in "
        "CORS_ALLOW_ORIGINS."
    ),
    "stream_message_unexpected": (
        'A stream takes only messages of the form {{"type": "auth", "token": "…"}}.'
    ),
    "stream_messages": "The stream got more messages than it takes. Open it again.",
    "stream_of_another": "A stream stays with the person who opened it. Open another.",
    "streams_full": "No more streams can be opened right now. Try again in {retry_after} s.",
    "streams_of_client": (
        "You have {allowed:stream|streams} open, which is the most. Close one, or try in "
        "{seconds} s."
    ),
    "upgrade_required": "This is a WebSocket. Open it with Upgrade: websocket.",
}

AZ = {
    "connections_full": "Serverdə bütün bağlantılar tutulub. Bir azdan yenidən cəhd edin.",
    "origin_not_allowed": (
        "Bu mənbənin səhifələri axın aça bilməz. Operator onu CORS_ALLOW_ORIGINS siyahısına "
        "əlavə edə bilər."
    ),
    "stream_message_unexpected": (
        'Axın yalnız {{"type": "auth", "token": "…"}} formasında mesaj qəbul edir.'
    ),
    "stream_messages": "Axına həddən artıq mesaj gəldi. Onu yenidən açın.",
    "stream_of_another": "Axın onu açan şəxsə məxsusdur. Başqasını açın.",
    "streams_full": "Hazırda yeni axın açmaq olmur. {retry_after} san sonra yenidən cəhd edin.",
    "streams_of_client": (
        "Artıq {allowed} axınınız açıqdır, bu son hədddir. Birini bağlayın və ya {seconds} san "
        "sonra yenidən cəhd edin."
    ),
    "upgrade_required": "Bu, WebSocket ünvanıdır. Onu Upgrade: websocket ilə açın.",
}

RU = {
    "connections_full": "У сервера заняты все соединения. Попробуйте немного позже.",
    "origin_not_allowed": (
        "Страницам этого источника нельзя открывать поток. Оператор может добавить его в "
        "CORS_ALLOW_ORIGINS."
    ),
    "stream_message_unexpected": (
        'Поток принимает только сообщения вида {{"type": "auth", "token": "…"}}.'
    ),
    "stream_messages": "В поток пришло слишком много сообщений. Откройте его снова.",
    "stream_of_another": "Поток принадлежит тому, кто его открыл. Откройте другой.",
    "streams_full": "Сейчас нельзя открыть ещё один поток. Попробуйте через {retry_after} с.",
    "streams_of_client": (
        "У вас открыто потоков: {allowed}, больше нельзя. Закройте один или попробуйте через "
        "{seconds} с."
    ),
    "upgrade_required": "Это адрес WebSocket. Откройте его с Upgrade: websocket.",
}
