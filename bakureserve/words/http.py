"""What the server says about requests it cannot serve, whatever they are about."""

from __future__ import annotations

EN = {
    # Titles, one a status
    "title_400": "The request cannot be understood",
    "title_401": "Sign in first",
    "title_403": "Not allowed",
    "title_404": "Not found",
    "title_405": "Method not allowed",
    "title_408": "The request took too long",
    "title_409": "Not possible right now",
    "title_410": "No longer offered",
    "title_413": "The request is too large",
    "title_415": "Unsupported media type",
    "title_422": "The request breaks a rule",
    "title_426": "A WebSocket handshake is needed",
    "title_429": "Too many requests",
    "title_500": "Error in the server",
    "title_503": "Not available right now",
    # The request as a whole
    "body_incomplete": "The request body ended before it was complete. Send it again.",
    "body_missing": "The request has no body. Send a JSON object.",
    "body_not_json": "The request body is not valid JSON in UTF-8.",
    "body_too_deep": "The JSON of the request body is nested too deeply.",
    "body_too_large": "The request body may have at most {largest} bytes.",
    "body_too_slow": "The request body took too long to arrive. Send it again.",
    "cannot_listen": (
        "Cannot listen on {host}, port {port}: {reason}. Choose another --host or --port, "
        "or stop what uses this one."
    ),
    "cursor_malformed": "The cursor is not one that this list gave out. Start again without it.",
    "idempotency_key_malformed": (
        "Send one Idempotency-Key, of 1 to {longest} visible ASCII characters without spaces."
    ),
    "internal_error": (
        "Something went wrong in the server. Report the request_id if it happens again."
    ),
    "legacy_route_gone": "This address is no longer served. Use {successor} instead.",
    "media_type_unsupported": "Send the body as {expected}, in UTF-8.",
    "method_not_allowed": "{method} is not possible here. Allowed: {allowed}.",
    "not_ready": "The server is not ready to take requests yet. Try again in a moment.",
    "rate_limited": "You have made too many requests. Try again in {seconds} s.",
    "request_malformed": (
        "This is not a request that HTTP allows. Check its first line and its headers, "
        "none of which may be longer than 8190 bytes."
    ),
    "request_refused": "The request was refused with HTTP status {status}.",
    "route_not_found": "There is nothing at this address.",
    "unknown_problem": "The request could not be carried out.",
    # Who is asking
    "admin_only": "Only an administrator may do this.",
    "authorization_repeated": "Send one Authorization header, not several.",
    "dev_behind_proxy": (
        "On this server everybody is an admin (--dev): it does not answer what a proxy passes on."
    ),
    "dev_by_another_name": (
        "On this server everybody is an admin (--dev): it answers only by the name localhost or "
        "its loopback address."
    ),
    "scrapes_only": "This token is good for reading metrics and for nothing else.",
    "staff_only": "Only the restaurant's staff may do this.",
    "token_bad": "The access token is not valid or has expired. Sign in again.",
    "token_missing": "Send an access token: Authorization: Bearer <token>.",
    # Fields
    "field_bad_character": "Must not contain a NUL character.",
    "field_missing": "This field is required.",
    "field_misspelt": "There is no such field here; {right} is meant.",
    "field_needs_offset": "Must have an offset from UTC, such as 2027-03-01T19:00:00+04:00.",
    "field_not_a_boolean": "Must be true or false.",
    "field_not_a_choice": "Must be one of: {choices}.",
    "field_not_a_date": "Must be a date, such as 2027-03-01.",
    "field_not_a_list": "Must be a list.",
    "field_not_a_multiple": "Must be a multiple of {step}.",
    "field_not_a_number": "Must be a number.",
    "field_not_a_time": "Must be a time of day, such as 19:00:00.",
    "field_not_a_timestamp": "Must be a date and time, such as 2027-03-01T19:00:00+04:00.",
    "field_not_a_uuid": "Must be a UUID.",
    "field_not_an_integer": "Must be a whole number.",
    "field_not_an_object": "Must be an object.",
    "field_not_text": "Must be text.",
    "field_out_of_range": "This number is too large to be handled.",
    "field_too_large": "Must be at most {largest}.",
    "field_too_long": "May have at most {longest:character or entry|characters or entries}.",
    "field_too_short": "Must have at least {shortest:character or entry|characters or entries}.",
    "field_too_small": "Must be at least {smallest}.",
    "field_unknown": "There is no field {name} here.",
    "field_wrong": "This value is not allowed.",
    "field_wrong_form": "Must have the form {pattern}.",
    "fields_wrong": "{count:field is|fields are} wrong; errors lists each.",
}

AZ = {
    # Titles, one a status
    "title_400": "Sorğunu anlamaq mümkün deyil",
    "title_401": "Əvvəlcə hesabınıza daxil olun",
    "title_403": "İcazə yoxdur",
    "title_404": "Tapılmadı",
    "title_405": "Bu metoda icazə verilmir",
    "title_408": "Sorğu çox uzun çəkdi",
    "title_409": "Hazırda mümkün deyil",
    "title_410": "Artıq təqdim olunmur",
    "title_413": "Sorğu çox böyükdür",
    "title_415": "Məzmun növü dəstəklənmir",
    "title_422": "Sorğu qaydalara uyğun deyil",
    "title_426": "WebSocket bağlantısı lazımdır",
    "title_429": "Həddindən çox sorğu",
    "title_500": "Serverdə xəta baş verdi",
    "title_503": "Hazırda əlçatan deyil",
    # The request as a whole
    "body_incomplete": "Sorğunun məzmunu tam gəlmədi. Onu yenidən göndərin.",
    "body_missing": "Sorğunun məzmunu yoxdur. JSON obyekti göndərin.",
    "body_not_json": "Sorğunun məzmunu UTF-8 kodlamasında düzgün JSON deyil.",
    "body_too_deep": "Sorğudakı JSON həddindən artıq iç-içədir.",
    "body_too_large": "Sorğunun məzmunu ən çoxu {largest} bayt ola bilər.",
    "body_too_slow": "Sorğunun məzmunu çox gec gəldi. Onu yenidən göndərin.",
    "cannot_listen": (
        "{host} ünvanının {port} portunu dinləmək mümkün deyil: {reason}. Başqa --host və ya "
        "--port seçin, yaxud onu tutan proqramı dayandırın."
    ),
    "cursor_malformed": "Bu kursor bu siyahının verdiyi kursor deyil. Onsuz yenidən başlayın.",
    "idempotency_key_malformed": (
        "Boşluqsuz 1–{longest} görünən ASCII simvolundan ibarət bir Idempotency-Key göndərin."
    ),
    "internal_error": (
        "Serverdə gözlənilməz xəta baş verdi. Təkrarlanarsa, request_id dəyərini bizə bildirin."
    ),
    "legacy_route_gone": "Bu ünvan artıq işləmir. Əvəzinə {successor} ünvanından istifadə edin.",
    "media_type_unsupported": "Məzmunu {expected} kimi, UTF-8 kodlamasında göndərin.",
    "method_not_allowed": "Burada {method} mümkün deyil. İcazə verilənlər: {allowed}.",
    "not_ready": "Server hələ sorğu qəbul etməyə hazır deyil. Bir azdan yenidən cəhd edin.",
    "rate_limited": "Həddindən çox sorğu göndərmisiniz. {seconds} s sonra yenidən cəhd edin.",
    "request_malformed": (
        "Bu, HTTP qaydalarına uyğun sorğu deyil. İlk sətrini və başlıqlarını yoxlayın: "
        "heç biri 8190 baytdan uzun ola bilməz."
    ),
    "request_refused": "Sorğu {status} HTTP statusu ilə rədd edildi.",
    "route_not_found": "Bu ünvanda heç nə yoxdur.",
    "unknown_problem": "Sorğunu yerinə yetirmək mümkün olmadı.",
    # Who is asking
    "admin_only": "Bunu yalnız administrator edə bilər.",
    "authorization_repeated": "Bir neçə deyil, bir Authorization başlığı göndərin.",
    "dev_behind_proxy": (
        "Bu serverdə hər kəs administratordur (--dev): proksinin ötürdüyü sorğulara cavab vermir."
    ),
    "dev_by_another_name": (
        "Bu serverdə hər kəs administratordur (--dev): yalnız localhost adı və ya loopback ünvanı "
        "ilə cavab verir."
    ),
    "scrapes_only": "Bu token yalnız metrikaları oxumaq üçündür.",
    "staff_only": "Bunu yalnız restoranın əməkdaşları edə bilər.",
    "token_bad": "Giriş tokeni etibarsızdır və ya vaxtı bitib. Yenidən daxil olun.",
    "token_missing": "Giriş tokenini göndərin: Authorization: Bearer <token>.",
    # Fields
    "field_bad_character": "NUL simvolu olmamalıdır.",
    "field_missing": "Bu sahə mütləq doldurulmalıdır.",
    "field_misspelt": "Belə sahə yoxdur; {right} nəzərdə tutulub.",
    "field_needs_offset": "UTC-dən fərq göstərilməlidir, məsələn 2027-03-01T19:00:00+04:00.",
    "field_not_a_boolean": "true və ya false olmalıdır.",
    "field_not_a_choice": "Bunlardan biri olmalıdır: {choices}.",
    "field_not_a_date": "Tarix olmalıdır, məsələn 2027-03-01.",
    "field_not_a_list": "Siyahı olmalıdır.",
    "field_not_a_multiple": "{step} ədədinə bölünməlidir.",
    "field_not_a_number": "Ədəd olmalıdır.",
    "field_not_a_time": "Günün vaxtı olmalıdır, məsələn 19:00:00.",
    "field_not_a_timestamp": "Tarix və vaxt olmalıdır, məsələn 2027-03-01T19:00:00+04:00.",
    "field_not_a_uuid": "UUID olmalıdır.",
    "field_not_an_integer": "Tam ədəd olmalıdır.",
    "field_not_an_object": "Obyekt olmalıdır.",
    "field_not_text": "Mətn olmalıdır.",
    "field_out_of_range": "Bu ədəd emal edilə bilməyəcək qədər böyükdür.",
    "field_too_large": "Ən çoxu {largest} ola bilər.",
    "field_too_long": "Ən çoxu {longest} simvol və ya element ola bilər.",
    "field_too_short": "Ən azı {shortest} simvol və ya element olmalıdır.",
    "field_too_small": "Ən azı {smallest} olmalıdır.",
    "field_unknown": "Burada {name} adlı sahə yoxdur.",
    "field_wrong": "Bu dəyərə icazə verilmir.",
    "field_wrong_form": "Bu formada olmalıdır: {pattern}.",
    "fields_wrong": "{count} sahə səhvdir; hər biri errors siyahısında göstərilib.",
}

RU = {
    # Titles, one a status
    "title_400": "Запрос непонятен",
    "title_401": "Сначала войдите в систему",
    "title_403": "Доступ запрещён",
    "title_404": "Не найдено",
    "title_405": "Метод не разрешён",
    "title_408": "Запрос занял слишком много времени",
    "title_409": "Сейчас это невозможно",
    "title_410": "Больше не предоставляется",
    "title_413": "Запрос слишком велик",
    "title_415": "Тип содержимого не поддерживается",
    "title_422": "Запрос нарушает правила",
    "title_426": "Нужно соединение WebSocket",
    "title_429": "Слишком много запросов",
    "title_500": "Ошибка на сервере",
    "title_503": "Сейчас недоступно",
    # The request as a whole
    "body_incomplete": "Тело запроса получено не полностью. Отправьте его ещё раз.",
    "body_missing": "В запросе нет тела. Отправьте объект JSON.",
    "body_not_json": "Тело запроса не является корректным JSON в кодировке UTF-8.",
    "body_too_deep": "Слишком глубокая вложенность JSON в теле запроса.",
    "body_too_large": "Тело запроса может занимать не более {largest} байт.",
    "body_too_slow": "Тело запроса поступало слишком долго. Отправьте его ещё раз.",
    "cannot_listen": (
        "Не удаётся слушать {host}, порт {port}: {reason}. Выберите другой --host или --port "
        "либо остановите программу, которая его занимает."
    ),
    "cursor_malformed": "Этот курсор выдан не этим списком. Начните заново без него.",
    "idempotency_key_malformed": (
        "Отправьте один Idempotency-Key из 1–{longest} видимых символов ASCII без пробелов."
    ),
    "internal_error": (
        "На сервере произошла непредвиденная ошибка. Если она повторится, сообщите нам request_id."
    ),
    "legacy_route_gone": "Этот адрес больше не обслуживается. Используйте {successor}.",
    "media_type_unsupported": "Отправьте тело как {expected} в кодировке UTF-8.",
    "method_not_allowed": "Метод {method} здесь невозможен. Разрешены: {allowed}.",
    "not_ready": "Сервер ещё не готов принимать запросы. Повторите попытку чуть позже.",
    "rate_limited": "Вы отправили слишком много запросов. Повторите попытку через {seconds} с.",
    "request_malformed": (
        "Запрос не соответствует правилам HTTP. Проверьте первую строку и заголовки: "
        "каждый из них не длиннее 8190 байт."
    ),
    "request_refused": "Запрос отклонён со статусом HTTP {status}.",
    "route_not_found": "По этому адресу ничего нет.",
    "unknown_problem": "Не удалось выполнить запрос.",
    # Who is asking
    "admin_only": "Это может делать только администратор.",
    "authorization_repeated": "Отправьте один заголовок Authorization, а не несколько.",
    "dev_behind_proxy": (
        "На этом сервере каждый — администратор (--dev): запросы через прокси он не принимает."
    ),
    "dev_by_another_name": (
        "На этом сервере каждый — администратор (--dev): он отвечает только по имени localhost или "
        "по адресу loopback."
    ),
    "scrapes_only": "Этот токен годится только для чтения метрик.",
    "staff_only": "Это могут делать только сотрудники ресторана.",
    "token_bad": "Токен доступа недействителен или истёк. Войдите заново.",
    "token_missing": "Отправьте токен доступа: Authorization: Bearer <token>.",
    # Fields
    "field_bad_character": "Не должно содержать символ NUL.",
    "field_missing": "Это поле обязательно.",
    "field_misspelt": "Такого поля нет; имеется в виду {right}.",
    "field_needs_offset": "Нужно смещение от UTC, например 2027-03-01T19:00:00+04:00.",
    "field_not_a_boolean": "Должно быть true или false.",
    "field_not_a_choice": "Должно быть одним из значений: {choices}.",
    "field_not_a_date": "Должно быть датой, например 2027-03-01.",
    "field_not_a_list": "Должно быть списком.",
    "field_not_a_multiple": "Должно быть кратно {step}.",
    "field_not_a_number": "Должно быть числом.",
    "field_not_a_time": "Должно быть временем суток, например 19:00:00.",
    "field_not_a_timestamp": "Должно быть датой и временем, например 2027-03-01T19:00:00+04:00.",
    "field_not_a_uuid": "Должно быть UUID.",
    "field_not_an_integer": "Должно быть целым числом.",
    "field_not_an_object": "Должно быть объектом.",
    "field_not_text": "Должно быть текстом.",
    "field_out_of_range": "Это число слишком велико для обработки.",
    "field_too_large": "Должно быть не больше {largest}.",
    "field_too_long": "Наибольшее число символов или элементов: {longest}.",
    "field_too_short": "Наименьшее число символов или элементов: {shortest}.",
    "field_too_small": "Должно быть не меньше {smallest}.",
    "field_unknown": "Здесь нет поля {name}.",
    "field_wrong": "Это значение недопустимо.",
    "field_wrong_form": "Должно соответствовать виду {pattern}.",
    "fields_wrong": "Ошибок в полях: {count}; каждая указана в errors.",
}
