"""What is said to operators about the servers they look after."""

from __future__ import annotations

EN = {
    "client_or_all": "Name one client, or give --all.",
    "client_malformed": (
        "Name a client by its IPv4 address, or its IPv6 address or /64 network: {client} is none."
    ),
    "no_server_here": (
        "No server runs on the data folder {folder}. Start one with bakureserve serve, or name one "
        "with --url."
    ),
    "redis_not_installed": (
        "REDIS_URL is set, but the Redis client is not installed. Run: "
        "pip install 'bakureserve[redis]'."
    ),
    "redis_url_unreadable": (
        "REDIS_URL cannot be read. Write it as redis://host:6379/0, rediss://… or unix:///path."
    ),
    "sentry_dsn_unreadable": "SENTRY_DSN cannot be read. Write it as https://key@host/project.",
    "sentry_not_installed": (
        "SENTRY_DSN is set, but Sentry's client is not installed. Run: "
        "pip install 'bakureserve[sentry]'."
    ),
    "server_refused": "The server {server} refuses (HTTP status {status}): {detail}",
    "server_stopped": (
        "The server {server} was stopped by a signal (SIGSTOP, Ctrl-Z) and answers nobody. Run: "
        "kill -CONT {pid}"
    ),
    "server_token_malformed": (
        "The token for --url is one word of printable characters; what was given is not."
    ),
    "server_unreachable": (
        "The server {server} does not answer: {reason}. See that it runs and can be reached from "
        "here."
    ),
    "server_url_malformed": (
        "--url takes an address such as https://reserve.example, without a user name; the token "
        "comes from the environment or a file."
    ),
    "terminal_missing": (
        "This needs a terminal. `bakureserve status --json` tells the same to a script."
    ),
    "system_account_unknown": (
        "There is no account {account} on this machine. Make it with useradd, or name another."
    ),
    "unit_exists": (
        "{path} exists and says something else. Compare them (without --write it is "
        "printed), then give --force."
    ),
    "unit_text": "A unit cannot say {text}: no control characters, please.",
}

AZ = {
    "client_or_all": "Bir müştəri göstərin və ya --all verin.",
    "client_malformed": (
        "Müştərini IPv4 ünvanı, IPv6 ünvanı və ya /64 şəbəkəsi ilə göstərin: {client} belə deyil."
    ),
    "no_server_here": (
        "{folder} qovluğunda işləyən server yoxdur. Onu bakureserve serve əmri ilə işə salın və ya "
        "--url ilə başqasını göstərin."
    ),
    "redis_not_installed": (
        "REDIS_URL təyin olunub, amma Redis müştərisi quraşdırılmayıb. Bunu icra edin: "
        "pip install 'bakureserve[redis]'."
    ),
    "redis_url_unreadable": (
        "REDIS_URL oxuna bilmir. Onu redis://host:6379/0, rediss://… və ya unix:///path kimi yazın."
    ),
    "sentry_dsn_unreadable": "SENTRY_DSN oxunmur. Onu https://key@host/project kimi yazın.",
    "sentry_not_installed": (
        "SENTRY_DSN təyin olunub, amma Sentry müştərisi quraşdırılmayıb. Bunu icra edin: "
        "pip install 'bakureserve[sentry]'."
    ),
    "server_refused": "{server} serveri imtina edir (HTTP statusu {status}): {detail}",
    "server_stopped": (
        "{server} serveri siqnalla dayandırılıb (SIGSTOP, Ctrl-Z) və heç kimə cavab vermir. "
        "Bu əmri yerinə yetirin: kill -CONT {pid}"
    ),
    "server_token_malformed": (
        "--url üçün token çap olunan simvollardan ibarət bir sözdür; verilən dəyər belə deyil."
    ),
    "server_unreachable": (
        "{server} serveri cavab vermir: {reason}. Onun işlədiyini və buradan əlçatan olduğunu "
        "yoxlayın."
    ),
    "server_url_malformed": (
        "--url https://reserve.example kimi, istifadəçi adı olmayan ünvan tələb edir; token mühit "
        "dəyişənindən və ya fayldan götürülür."
    ),
    "terminal_missing": (
        "Bunun üçün terminal lazımdır. Skriptə eyni məlumatı `bakureserve status --json` verir."
    ),
    "system_account_unknown": (
        "Bu kompüterdə {account} hesabı yoxdur. Onu useradd ilə yaradın və ya başqasını göstərin."
    ),
    "unit_exists": (
        "{path} artıq mövcuddur və başqa məzmundadır. Müqayisə edin (--write olmadan fayl "
        "ekrana çıxır), sonra --force verin."
    ),
    "unit_text": "Unit faylında {text} yazıla bilməz: idarəedici simvollar olmamalıdır.",
}

RU = {
    "client_or_all": "Назовите одного клиента или укажите --all.",
    "client_malformed": (
        "Укажите клиента адресом IPv4, адресом IPv6 или сетью /64: {client} таковым не является."
    ),
    "no_server_here": (
        "В папке данных {folder} не работает ни один сервер. Запустите его командой bakureserve "
        "serve или укажите другой через --url."
    ),
    "redis_not_installed": (
        "REDIS_URL задан, но клиент Redis не установлен. Выполните: "
        "pip install 'bakureserve[redis]'."
    ),
    "redis_url_unreadable": (
        "REDIS_URL не удаётся прочитать. Запишите его как redis://host:6379/0, rediss://… или "
        "unix:///path."
    ),
    "sentry_dsn_unreadable": (
        "SENTRY_DSN не удаётся прочитать. Запишите его как https://key@host/project."
    ),
    "sentry_not_installed": (
        "SENTRY_DSN задан, но клиент Sentry не установлен. Выполните: "
        "pip install 'bakureserve[sentry]'."
    ),
    "server_refused": "Сервер {server} отказывает (статус HTTP {status}): {detail}",
    "server_stopped": (
        "Сервер {server} остановлен сигналом (SIGSTOP, Ctrl-Z) и никому не отвечает. Выполните: "
        "kill -CONT {pid}"
    ),
    "server_token_malformed": (
        "Токен для --url — одно слово из печатных символов; заданное значение не такое."
    ),
    "server_unreachable": (
        "Сервер {server} не отвечает: {reason}. Проверьте, что он работает и доступен отсюда."
    ),
    "server_url_malformed": (
        "--url принимает адрес вида https://reserve.example без имени пользователя; токен берётся "
        "из переменной окружения или файла."
    ),
    "terminal_missing": (
        "Для этого нужен терминал. Скрипту то же самое скажет `bakureserve status --json`."
    ),
    "system_account_unknown": (
        "На этой машине нет учётной записи {account}. "
        "Создайте её через useradd или назовите другую."
    ),
    "unit_exists": (
        "{path} уже есть, и в нём другое. Сравните (без --write файл печатается), затем "
        "укажите --force."
    ),
    "unit_text": "В юните нельзя записать {text}: управляющие символы недопустимы.",
}
