"""Why letters do not go out, and what a trial letter says."""

from __future__ import annotations

EN = {
    "letter_expired": "It was tried until it was not worth telling any more.",
    "letter_failed": "What was wrong: {code}.",
    "letter_files": "The folder outbox/ cannot be written.",
    "letter_malformed": "It could not be written: an address or a name is malformed.",
    "letter_no_way_out": "There is no SMTP_HOST, and NOTIFY_FILES is off.",
    "letter_refused": "The mail server refused it with {status}.",
    "letter_smtp_timeout": "The mail server did not answer in time.",
    "letter_smtp_unsuitable": (
        "The mail server offers no encryption, or no login; see SMTP_SECURITY and SMTP_USERNAME."
    ),
    "mail_trial": (
        "This letter was sent by hand, to see that letters arrive. It does. There is nothing to do."
    ),
    "mail_trial_subject": "Baku Reserve: a trial letter",
    "smtp_host_unset": (
        "There is no mail server: SMTP_HOST is unset, and letters go to {folder}. Name one with "
        "SMTP_HOST in .env, then try again."
    ),
    "trial_letter_failed": "{server} did not take the letter. {reason} It said: {said}.",
}

AZ = {
    "letter_expired": "Xəbər verməyə dəyməyənə qədər göndərməyə cəhd edildi.",
    "letter_failed": "Səhv nədədir: {code}.",
    "letter_files": "outbox/ qovluğuna yazmaq olmur.",
    "letter_malformed": "Məktubu yazmaq olmadı: ünvan və ya ad düzgün deyil.",
    "letter_no_way_out": "SMTP_HOST yoxdur, NOTIFY_FILES isə söndürülüb.",
    "letter_refused": "Poçt serveri onu rədd etdi: {status}.",
    "letter_smtp_timeout": "Poçt serveri vaxtında cavab vermədi.",
    "letter_smtp_unsuitable": (
        "Poçt serveri şifrələmə və ya giriş təklif etmir; SMTP_SECURITY və SMTP_USERNAME "
        "dəyərlərini yoxlayın."
    ),
    "mail_trial": (
        "Bu məktub məktubların çatdığını yoxlamaq üçün əl ilə göndərilib. Çatır. "
        "Heç nə etmək lazım deyil."
    ),
    "mail_trial_subject": "Baku Reserve: sınaq məktubu",
    "smtp_host_unset": (
        "Poçt serveri yoxdur: SMTP_HOST boşdur, məktublar {folder} qovluğundadır. Onu .env "
        "faylında SMTP_HOST ilə göstərin və yenidən cəhd edin."
    ),
    "trial_letter_failed": "{server} məktubu qəbul etmədi. {reason} Cavabı: {said}.",
}

RU = {
    "letter_expired": "Его пытались отправить, пока сообщать о нём имело смысл.",
    "letter_failed": "Что не так: {code}.",
    "letter_files": "В папку outbox/ нельзя писать.",
    "letter_malformed": "Письмо не удалось составить: адрес или имя записаны неверно.",
    "letter_no_way_out": "SMTP_HOST не задан, а NOTIFY_FILES выключен.",
    "letter_refused": "Почтовый сервер отклонил его с кодом {status}.",
    "letter_smtp_timeout": "Почтовый сервер не ответил вовремя.",
    "letter_smtp_unsuitable": (
        "Почтовый сервер не предлагает шифрования или входа; см. SMTP_SECURITY и SMTP_USERNAME."
    ),
    "mail_trial": (
        "Это письмо отправлено вручную, чтобы проверить, доходят ли письма. Доходят. "
        "Ничего делать не нужно."
    ),
    "mail_trial_subject": "Baku Reserve: пробное письмо",
    "smtp_host_unset": (
        "Почтового сервера нет: SMTP_HOST не задан, письма попадают в {folder}. Назовите его в "
        ".env через SMTP_HOST и повторите попытку."
    ),
    "trial_letter_failed": "{server} не принял письмо. {reason} Его ответ: {said}.",
}
