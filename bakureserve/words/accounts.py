"""What the program says about accounts, sessions and who may do what."""

from __future__ import annotations

EN = {
    # What was typed
    "email_malformed": "This is not an e-mail address. Give one such as name@example.az.",
    "password_not_given": (
        "No password came in. Pipe it in as one line, or run this at a terminal to be asked."
    ),
    "password_obvious": "The password is your own e-mail or name. Choose another.",
    "password_too_long": "A password can have up to {longest} characters.",
    "password_too_short": "A password needs at least {shortest} characters.",
    "password_unusable": "The password holds a character that cannot be stored. Choose another.",
    "password_wrong": "This is not your present password.",
    "phone_not_a_number": (
        "Nobody can be called at this number. Give one such as 050 123 45 67, "
        "or with a country code, such as +994 50 123 45 67."
    ),
    # Coming in
    "credentials_wrong": "The e-mail address or the password is wrong.",
    "email_taken": (
        "There is an account with this e-mail address already. Log in, or ask for a new password."
    ),
    "letters_used_up": (
        "{most} letters have gone to this address within a day. One of them holds a good link."
    ),
    "link_refused": "This link was used already, or is over. Ask for another letter.",
    "refresh_refused": "This session is over. Log in again.",
    "too_many_attempts": "There were too many attempts. Try again in {seconds} s.",
    # Who and which
    "address_unproved": (
        "Whoever opened this account has not proved that {email} is their address, and may be a "
        "stranger to it. Wait until they open the link in their letter, run bakureserve users "
        'verify {email}, or say --unverified ("unverified": true).'
    ),
    "account_elsewhere": (
        "You have no account here: it is kept where you sign in, and changed there."
    ),
    "lifetime_out_of_range": "A token may live from 1 minute to {days} days: write 15m, 12h or 7d.",
    "scope_stands_alone": "A token with the scope {scope} can have no other.",
    "scope_unknown": "There is no scope {scope}. Known are: {choices}.",
    "session_unknown": "You have no session {session}.",
    "user_disabled": "The account {user} is disabled. Enable it first.",
    "user_unknown": "There is no account {user}.",
}

AZ = {
    # What was typed
    "email_malformed": "Bu, e-poçt ünvanı deyil. name@example.az kimi bir ünvan yazın.",
    "password_not_given": (
        "Parol verilmədi. Onu bir sətir kimi ötürün və ya əmri terminalda icra edin: soruşulacaq."
    ),
    "password_obvious": "Parol e-poçt ünvanınızla və ya adınızla eynidir. Başqasını seçin.",
    "password_too_long": "Parol ən çox {longest} simvol ola bilər.",
    "password_too_short": "Parol ən azı {shortest} simvol olmalıdır.",
    "password_unusable": "Parolda saxlanıla bilməyən simvol var. Başqasını seçin.",
    "password_wrong": "Bu, indiki parolunuz deyil.",
    "phone_not_a_number": (
        "Bu nömrəyə zəng etmək mümkün deyil. 050 123 45 67 kimi və ya ölkə kodu ilə, "
        "məsələn, +994 50 123 45 67 kimi yazın."
    ),
    # Coming in
    "credentials_wrong": "E-poçt ünvanı və ya parol səhvdir.",
    "email_taken": "Bu e-poçt ünvanı ilə hesab artıq var. Daxil olun və ya yeni parol istəyin.",
    "letters_used_up": (
        "Bu ünvana bir gün ərzində {most} məktub göndərilib. Birində işlək keçid var."
    ),
    "link_refused": "Bu keçid artıq istifadə olunub və ya vaxtı bitib. Yeni məktub istəyin.",
    "refresh_refused": "Bu sessiya başa çatıb. Yenidən daxil olun.",
    "too_many_attempts": "Həddindən çox cəhd edilib. {seconds} s sonra yenidən cəhd edin.",
    # Who and which
    "address_unproved": (
        "Bu hesabı açan şəxs {email} ünvanının özünün olduğunu təsdiqləməyib və ona yad ola bilər. "
        "Məktubdakı keçidi açmasını gözləyin, bakureserve users verify {email} icra edin və ya "
        '--unverified ("unverified": true) göstərin.'
    ),
    "account_elsewhere": (
        "Burada hesabınız yoxdur: o, daxil olduğunuz xidmətdə saxlanılır və orada dəyişdirilir."
    ),
    "lifetime_out_of_range": (
        "Token 1 dəqiqədən {days} günə qədər etibarlı ola bilər: 15m, 12h və ya 7d yazın."
    ),
    "scope_stands_alone": "{scope} səlahiyyətli tokenin başqa səlahiyyəti ola bilməz.",
    "scope_unknown": "{scope} adlı səlahiyyət yoxdur. Mövcud olanlar: {choices}.",
    "session_unknown": "Sizin {session} sessiyanız yoxdur.",
    "user_disabled": "{user} hesabı bağlıdır. Əvvəlcə onu açın.",
    "user_unknown": "{user} hesabı yoxdur.",
}

RU = {
    # What was typed
    "email_malformed": "Это не адрес электронной почты. Укажите адрес вида name@example.az.",
    "password_not_given": (
        "Пароль не передан. Подайте его одной строкой или запустите команду в терминале: "
        "он будет запрошен."
    ),
    "password_obvious": "Пароль совпадает с вашей почтой или именем. Выберите другой.",
    "password_too_long": "Максимальная длина пароля в символах: {longest}.",
    "password_too_short": "Минимальная длина пароля в символах: {shortest}.",
    "password_unusable": "В пароле есть символ, который нельзя сохранить. Выберите другой.",
    "password_wrong": "Это не ваш нынешний пароль.",
    "phone_not_a_number": (
        "По этому номеру нельзя позвонить. Укажите номер вида 050 123 45 67 "
        "или с кодом страны, например +994 50 123 45 67."
    ),
    # Coming in
    "credentials_wrong": "Неверный адрес почты или пароль.",
    "email_taken": (
        "Учётная запись с этим адресом почты уже есть. Войдите или запросите новый пароль."
    ),
    "letters_used_up": (
        "За сутки на этот адрес ушло писем: {most}. В одном из них есть действующая ссылка."
    ),
    "link_refused": "Эта ссылка уже использована или устарела. Запросите новое письмо.",
    "refresh_refused": "Этот сеанс завершён. Войдите заново.",
    "too_many_attempts": "Слишком много попыток. Повторите через {seconds} с.",
    # Who and which
    "address_unproved": (
        "Тот, кто открыл эту учётную запись, не подтвердил, что адрес {email} принадлежит ему, и "
        "может быть посторонним. Дождитесь, пока он откроет ссылку из письма, выполните "
        'bakureserve users verify {email} или укажите --unverified ("unverified": true).'
    ),
    "account_elsewhere": (
        "Здесь у вас нет учётной записи: она хранится и меняется там, где вы входите."
    ),
    "lifetime_out_of_range": (
        "Срок жизни токена — от 1 минуты до {days} дней: пишите 15m, 12h или 7d."
    ),
    "scope_stands_alone": "У токена с полномочием {scope} не может быть других.",
    "scope_unknown": "Полномочия {scope} нет. Есть: {choices}.",
    "session_unknown": "У вас нет сеанса {session}.",
    "user_disabled": "Учётная запись {user} отключена. Сначала включите её.",
    "user_unknown": "Учётной записи {user} нет.",
}
