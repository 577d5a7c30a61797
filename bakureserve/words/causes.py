"""Why somebody on the network could not be reached, and what a mail server or webhook said."""

from __future__ import annotations

EN = {
    "cause_certificate_expired": "Its certificate has expired.",
    "cause_certificate_not_yet_valid": "Its certificate is not valid yet; is the clock right?",
    "cause_certificate_of_another": "Its certificate is for another name.",
    "cause_certificate_untrusted": "Its certificate is from nobody that this machine trusts.",
    "cause_connection_closed": "It closed the connection.",
    "cause_connection_refused": "It refused the connection: nothing listens at that address.",
    "cause_name_not_found": "There is no such name.",
    "cause_name_service_silent": "The name service (DNS) does not answer.",
    "cause_no_open_files_left": "This process has as many files open as it may.",
    "cause_no_route": "No route leads to its network.",
    "cause_timed_out": "The connection timed out.",
    "cause_tls": "Encryption (TLS) with it failed.",
    "cause_unreachable": "Why is not known.",
}

AZ = {
    "cause_certificate_expired": "Sertifikatının müddəti bitib.",
    "cause_certificate_not_yet_valid": "Sertifikatı hələ qüvvədə deyil; saat düzdürmü?",
    "cause_certificate_of_another": "Sertifikatı başqa ad üçündür.",
    "cause_certificate_untrusted": "Sertifikatını bu sistemin etibar etdiyi heç kim verməyib.",
    "cause_connection_closed": "Bağlantını bağladı.",
    "cause_connection_refused": "Bağlantını rədd etdi: o ünvanda heç nə dinləmir.",
    "cause_name_not_found": "Belə ad yoxdur.",
    "cause_name_service_silent": "Ad xidməti (DNS) cavab vermir.",
    "cause_no_open_files_left": "Bu proses icazə verilən qədər fayl açıb.",
    "cause_no_route": "Onun şəbəkəsinə yol yoxdur.",
    "cause_timed_out": "Bağlantının vaxtı bitdi.",
    "cause_tls": "Onunla şifrələmə (TLS) alınmadı.",
    "cause_unreachable": "Səbəbi məlum deyil.",
}

RU = {
    "cause_certificate_expired": "Срок действия его сертификата истёк.",
    "cause_certificate_not_yet_valid": "Его сертификат ещё не действует; верны ли часы?",
    "cause_certificate_of_another": "Его сертификат выдан на другое имя.",
    "cause_certificate_untrusted": "Его сертификат выдан тем, кому этот компьютер не доверяет.",
    "cause_connection_closed": "Он закрыл соединение.",
    "cause_connection_refused": "Он отклонил соединение: по этому адресу никто не слушает.",
    "cause_name_not_found": "Такого имени нет.",
    "cause_name_service_silent": "Служба имён (DNS) не отвечает.",
    "cause_no_open_files_left": "Этот процесс открыл столько файлов, сколько ему можно.",
    "cause_no_route": "До его сети нет маршрута.",
    "cause_timed_out": "Время на соединение вышло.",
    "cause_tls": "Зашифровать соединение (TLS) с ним не удалось.",
    "cause_unreachable": "Причина неизвестна.",
}
