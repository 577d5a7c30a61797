"""What is wrong with a part of the program or with what it leans on, and what still works."""

from __future__ import annotations

EN = {
    "auth_cannot_hash": "Passwords cannot be hashed: this machine forbids what hashing needs.",
    "auth_hashes_slowly": "Hashing a first password is still under way: the machine is busy.",
    "auth_keys_unusable": "The keys that sign access tokens cannot be used.",
    "backup_not_passed_on": (
        "The last backup is made, but what should be done with it failed (BACKUP_COMMAND)."
    ),
    "backup_failed": "The last backup failed. bakureserve health on its machine says why.",
    "backup_late": "The newest backup is older than BACKUP_INTERVAL allows.",
    "backup_missing": "There is no backup yet. Take one with bakureserve backup.",
    "check_failed": "The check itself failed by a mistake of the program; the log has it.",
    "check_impossible": "It could not be looked at.",
    "check_slow": "There was no answer within {seconds} s.",
    "database_busy": "The database took no change in time: another process holds its lock.",
    "database_damaged": "The database file is damaged.",
    "database_disk_fails": (
        "The database's disk does not take what is written, or does not give back what was."
    ),
    "database_full": "No space is left for the database.",
    "database_gone": "The database file was deleted or replaced while the server ran.",
    "database_log_gone": (
        "The database's write-ahead log was deleted or replaced while the server ran."
    ),
    "database_log_long": (
        "The write-ahead log has {mb} MB: something has been reading the database for long."
    ),
    "database_long_change": (
        "The database took no change in time: a long one, such as an import, is being written."
    ),
    "database_missing": "There is no database.",
    "database_of_another_version": "The database is not of this program's version.",
    "database_read_only": "The database cannot be opened or written.",
    "database_slow": "The database took no change in time: its disk is slow, or many changes wait.",
    "database_unusable": "The database cannot be used.",
    "disk_full": "The database's disk is full: {free} MB are free.",
    "disk_low": "The database's disk fills up: {free} MB are free, {wanted} MB should be.",
    "gomap_failing": "GoMap answers, but not as it should.",
    "gomap_left_alone": (
        "GoMap kept failing; it is left alone for a while, and tried again by itself."
    ),
    "gomap_no_roads": "GoMap knows no road in the middle of Baku.",
    "gomap_silent": "GoMap does not answer in time.",
    "gomap_unreachable": "GoMap cannot be reached.",
    "hashing_said": "Hashing said: {reason}.",
    "limiter_alone": "Redis is away: each process limits by itself.",
    "mail_failing": "Letters that wait because attempts to send them fail: {count}.",
    "mail_given_up": "Letters given up of late, and none has gone out since: {count}.",
    "map_service_said": "Its answer could not be used: {reason}.",
    "osrm_failing": "OSRM answers, but not as it should.",
    "osrm_left_alone": (
        "OSRM kept failing; it is left alone for a while, and tried again by itself."
    ),
    "osrm_no_roads": "OSRM knows no road in the middle of Baku: it runs on another map.",
    "osrm_silent": "OSRM does not answer in time.",
    "osrm_unreachable": "OSRM cannot be reached.",
    "redis_away": "Redis does not answer.",
    "redis_silent": "Redis: {reason}.",
    # What it means
    "effect_backups_at_risk": "Everything works; the next backup may not fit.",
    "effect_changes_at_risk": (
        "Restaurants, availability and bookings can be read; taking a booking may fail any moment."
    ),
    "effect_changes_wait": (
        "Restaurants, availability and bookings can be read; bookings wait, and some are refused."
    ),
    "effect_disk_fills": "Everything works; the disk fills up until that ends.",
    "effect_each_process_alone": "Everything works; each process limits its clients by itself.",
    "effect_loss_at_risk": (
        "Everything works; if the disk were lost, bookings since the last backup would be."
    ),
    "effect_no_changes": (
        "Restaurants, availability and bookings can be read; nothing can be booked or changed."
    ),
    "effect_nobody_signs_in": "Restaurants and availability can be read; nobody can sign in.",
    "effect_slow_sign_in": "Everything works; signing in takes long.",
    "effect_nothing_works": "Only pages and what is in memory are answered.",
    "effect_without_gomap": (
        "Driving times come from OSRM, without traffic; where that fails too, they are estimated "
        "from the distance."
    ),
    "effect_without_letters": "Everything works; guests and restaurants get no letters about it.",
    "effect_without_osrm": (
        "Driving times come from GoMap where it answers; otherwise they are estimated from the "
        "distance."
    ),
}

AZ = {
    "auth_cannot_hash": "Parolları heşləmək olmur: sistem bunun üçün lazım olanı qadağan edir.",
    "auth_hashes_slowly": "İlk parolun heşlənməsi hələ bitməyib: sistem yüklənib.",
    "auth_keys_unusable": "Giriş tokenlərini imzalayan açarlardan istifadə etmək mümkün deyil.",
    "backup_not_passed_on": (
        "Son ehtiyat nüsxə hazırdır, amma onunla görüləcək iş alınmadı (BACKUP_COMMAND)."
    ),
    "backup_failed": "Son ehtiyat nüsxə alınmadı. Səbəbini serverdə bakureserve health əmri deyir.",
    "backup_late": "Ən yeni ehtiyat nüsxə BACKUP_INTERVAL dəyərinin icazə verdiyindən köhnədir.",
    "backup_missing": "Hələ ehtiyat nüsxə yoxdur. Onu bakureserve backup əmri ilə yaradın.",
    "check_failed": "Yoxlamanın özü proqramın səhvi üzündən alınmadı; səhv jurnaldadır.",
    "check_impossible": "Yoxlamaq mümkün olmadı.",
    "check_slow": "{seconds} saniyə ərzində cavab olmadı.",
    "database_busy": (
        "Verilənlər bazası dəyişikliyi vaxtında qəbul etmədi: onu başqa proses kilidləyib."
    ),
    "database_damaged": "Verilənlər bazasının faylı zədələnib.",
    "database_disk_fails": (
        "Verilənlər bazasının diski yazılanı qəbul etmir və ya yazılmış olanı qaytarmır."
    ),
    "database_full": "Verilənlər bazası üçün yer qalmayıb.",
    "database_gone": "Server işləyərkən verilənlər bazasının faylı silinib və ya dəyişdirilib.",
    "database_log_gone": (
        "Server işləyərkən verilənlər bazasının qabaqcadan yazma jurnalı (-wal) silinib və ya "
        "dəyişdirilib."
    ),
    "database_log_long": (
        "Qabaqcadan yazma jurnalı (-wal) {mb} MB-dır: nəsə verilənlər bazasını uzun müddət oxuyur."
    ),
    "database_long_change": (
        "Verilənlər bazası dəyişikliyi vaxtında qəbul etmədi: idxal kimi uzun dəyişiklik yazılır."
    ),
    "database_missing": "Verilənlər bazası yoxdur.",
    "database_of_another_version": "Verilənlər bazası proqramın bu versiyasına aid deyil.",
    "database_read_only": "Verilənlər bazasını açmaq və ya ona yazmaq mümkün deyil.",
    "database_slow": (
        "Verilənlər bazası dəyişikliyi vaxtında qəbul etmədi: diski yavaşdır və ya çox dəyişiklik "
        "gözləyir."
    ),
    "database_unusable": "Verilənlər bazasından istifadə etmək mümkün deyil.",
    "disk_full": "Verilənlər bazasının diski doludur: {free} MB boşdur.",
    "disk_low": "Verilənlər bazasının diski dolur: {free} MB boşdur, {wanted} MB olmalıdır.",
    "gomap_failing": "GoMap cavab verir, amma lazım olduğu kimi deyil.",
    "gomap_left_alone": (
        "GoMap dəfələrlə cavab vermədi; bir müddət ona müraciət edilmir, sonra özü yenidən "
        "yoxlanacaq."
    ),
    "gomap_no_roads": "GoMap Bakının mərkəzində heç bir yol tanımır.",
    "gomap_silent": "GoMap vaxtında cavab vermir.",
    "gomap_unreachable": "GoMap əlçatan deyil.",
    "hashing_said": "Heşləmənin cavabı: {reason}.",
    "limiter_alone": "Redis əlçatan deyil: hər proses limiti özü hesablayır.",
    "mail_failing": "Göndərmək alınmadığı üçün gözləyən məktublar: {count}.",
    "mail_given_up": (
        "Göndərilməsindən imtina edilən, sonra heç biri getməyən məktublar: {count}."
    ),
    "map_service_said": "Cavabından istifadə etmək olmur: {reason}.",
    "osrm_failing": "OSRM lazım olduğu kimi cavab vermir.",
    "osrm_left_alone": (
        "OSRM dəfələrlə cavab vermədi; bir müddət ona müraciət edilmir, sonra özü yenidən "
        "yoxlanacaq."
    ),
    "osrm_no_roads": "OSRM Bakının mərkəzində heç bir yol tanımır: o, başqa xəritə ilə işləyir.",
    "osrm_silent": "OSRM vaxtında cavab vermir.",
    "osrm_unreachable": "OSRM əlçatan deyil.",
    "redis_away": "Redis cavab vermir.",
    "redis_silent": "Redis: {reason}.",
    # What it means
    "effect_backups_at_risk": "Hər şey işləyir; növbəti ehtiyat nüsxə yerləşməyə bilər.",
    "effect_changes_at_risk": (
        "Restoranlara, boş masalara və rezervasiyalara baxmaq olur; yeni rezervasiya hər an "
        "alınmaya bilər."
    ),
    "effect_changes_wait": (
        "Restoranlara, boş masalara və rezervasiyalara baxmaq olur; rezervasiyalar gözləyir, "
        "bəziləri rədd edilir."
    ),
    "effect_disk_fills": "Hər şey işləyir; bu bitənə qədər disk dolur.",
    "effect_each_process_alone": "Hər şey işləyir; hər proses öz müştərilərini özü məhdudlaşdırır.",
    "effect_loss_at_risk": (
        "Hər şey işləyir; disk itərsə, son ehtiyat nüsxədən sonrakı rezervasiyalar da itər."
    ),
    "effect_no_changes": (
        "Restoranlara, boş masalara və rezervasiyalara baxmaq olur; rezervasiya etmək və nəyisə "
        "dəyişmək olmur."
    ),
    "effect_nobody_signs_in": "Restoranlara və boş masalara baxmaq olur; heç kim daxil ola bilmir.",
    "effect_slow_sign_in": "Hər şey işləyir; daxil olmaq uzun çəkir.",
    "effect_nothing_works": "Yalnız səhifələr və yaddaşda olanlar cavablandırılır.",
    "effect_without_gomap": (
        "Yol vaxtları OSRM-dən, tıxaclar nəzərə alınmadan gəlir; o da alınmasa, məsafəyə görə "
        "hesablanır."
    ),
    "effect_without_letters": "Hər şey işləyir; qonaqlara və restoranlara məktub getmir.",
    "effect_without_osrm": (
        "Yol vaxtları cavab verdikdə GoMap-dən gəlir; əks halda məsafəyə görə hesablanır."
    ),
}

RU = {
    "auth_cannot_hash": "Пароли нельзя хешировать: система запрещает то, что для этого нужно.",
    "auth_hashes_slowly": "Хеширование первого пароля ещё не закончено: система перегружена.",
    "auth_keys_unusable": "Ключами, которыми подписываются токены доступа, нельзя пользоваться.",
    "backup_not_passed_on": (
        "Последняя резервная копия создана, но BACKUP_COMMAND для неё завершилась ошибкой."
    ),
    "backup_failed": (
        "Последнее резервное копирование не удалось. Причину скажет bakureserve health на сервере."
    ),
    "backup_late": "Самая свежая резервная копия старше, чем допускает BACKUP_INTERVAL.",
    "backup_missing": "Резервных копий ещё нет. Сделайте её командой bakureserve backup.",
    "check_failed": "Сама проверка не удалась из-за ошибки программы; она записана в журнале.",
    "check_impossible": "Проверить не удалось.",
    "check_slow": "Ответа не было в течение {seconds} с.",
    "database_busy": "База данных не приняла изменение вовремя: её блокирует другой процесс.",
    "database_damaged": "Файл базы данных повреждён.",
    "database_disk_fails": ("Диск базы данных не принимает записываемое или не отдаёт записанное."),
    "database_full": "Для базы данных не осталось места.",
    "database_gone": "Файл базы данных удалён или заменён во время работы сервера.",
    "database_log_gone": (
        "Журнал упреждающей записи базы данных (-wal) удалён или заменён во время работы сервера."
    ),
    "database_log_long": (
        "Журнал упреждающей записи занимает {mb} МБ: кто-то долго читает базу данных."
    ),
    "database_long_change": (
        "База данных не приняла изменение вовремя: записывается долгое, например импорт."
    ),
    "database_missing": "Базы данных нет.",
    "database_of_another_version": "База данных не этой версии программы.",
    "database_read_only": "Базу данных нельзя открыть или записать.",
    "database_slow": (
        "База данных не приняла изменение вовремя: её диск медлителен, или много изменений ждёт."
    ),
    "database_unusable": "Базой данных нельзя пользоваться.",
    "disk_full": "Диск базы данных полон: свободно {free} МБ.",
    "disk_low": "Диск базы данных заполняется: свободно {free} МБ, нужно {wanted} МБ.",
    "gomap_failing": "GoMap отвечает, но не так, как должен.",
    "gomap_left_alone": (
        "GoMap несколько раз подряд не ответил; какое-то время его не спрашивают, затем пробуют "
        "снова."
    ),
    "gomap_no_roads": "GoMap не знает ни одной дороги в центре Баку.",
    "gomap_silent": "GoMap не отвечает вовремя.",
    "gomap_unreachable": "GoMap недоступен.",
    "hashing_said": "Ответ хеширования: {reason}.",
    "limiter_alone": "Redis недоступен: каждый процесс считает ограничения сам.",
    "mail_failing": "Писем ждёт, потому что отправить их не удаётся: {count}.",
    "mail_given_up": "От отправки скольких писем отказались, и ни одно с тех пор не ушло: {count}.",
    "map_service_said": "Его ответ непригоден: {reason}.",
    "osrm_failing": "OSRM отвечает, но не так, как должен.",
    "osrm_left_alone": (
        "OSRM несколько раз подряд не ответил; какое-то время его не спрашивают, затем пробуют "
        "снова."
    ),
    "osrm_no_roads": "OSRM не знает ни одной дороги в центре Баку: он работает с другой картой.",
    "osrm_silent": "OSRM не отвечает вовремя.",
    "osrm_unreachable": "OSRM недоступен.",
    "redis_away": "Redis не отвечает.",
    "redis_silent": "Redis: {reason}.",
    # What it means
    "effect_backups_at_risk": "Всё работает; следующая резервная копия может не поместиться.",
    "effect_changes_at_risk": (
        "Рестораны, свободные столы и брони можно смотреть; новая бронь может не пройти в любой "
        "момент."
    ),
    "effect_changes_wait": (
        "Рестораны, свободные столы и брони можно смотреть; новые брони ждут, часть из них "
        "отклоняется."
    ),
    "effect_disk_fills": "Всё работает; пока это не кончится, диск заполняется.",
    "effect_each_process_alone": "Всё работает; каждый процесс ограничивает своих клиентов сам.",
    "effect_loss_at_risk": (
        "Всё работает; при потере диска пропадут брони, сделанные после последней копии."
    ),
    "effect_no_changes": (
        "Рестораны, свободные столы и брони можно смотреть; бронировать и менять нельзя."
    ),
    "effect_nobody_signs_in": "Рестораны и свободные столы можно смотреть; войти никто не может.",
    "effect_slow_sign_in": "Всё работает; вход занимает много времени.",
    "effect_nothing_works": "Отдаются только страницы и то, что есть в памяти.",
    "effect_without_gomap": (
        "Время в пути даёт OSRM, без учёта пробок; если не ответит и он, оно оценивается по "
        "расстоянию."
    ),
    "effect_without_letters": "Всё работает; гости и рестораны не получают писем об этом.",
    "effect_without_osrm": (
        "Время в пути даёт GoMap, когда отвечает; иначе оно оценивается по расстоянию."
    ),
}
