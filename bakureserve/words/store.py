"""What is said about the database: what it cannot serve, its schema, and copies of it."""

from __future__ import annotations

EN = {
    # The database cannot serve
    "store_busy": "Another change is being written to the database. Try again in a moment.",
    "store_cannot_create": (
        "{path} cannot be read or written: {reason}. Mend that, or choose another folder."
    ),
    "file_cannot_open": (
        "{path} cannot be opened. See that it and its folder exist, and that this account may read "
        "and write them."
    ),
    "store_cannot_open": (
        "The database cannot be opened. See that the file and its folder exist and can be written."
    ),
    "store_closed": "The server is stopping and takes no more changes. Try again in a moment.",
    "store_corrupt": (
        "The database file is damaged. Stop the server, run `bakureserve check`, "
        "then `bakureserve restore` with the newest backup."
    ),
    "store_full": "No space is left for the database. Free some on its disk, then try again.",
    "folder_full": "No space is left for {path}. Free some on its disk, then try again.",
    "store_gone": (
        "The database file was deleted or replaced while the server ran; nothing more is taken. "
        "Put it back and restart the server."
    ),
    "store_io_error": (
        "The disk failed to read or write the database; nothing was changed. "
        "See whether it is full or failing, then try again."
    ),
    "store_log_gone": (
        "The database's write-ahead log was deleted or replaced while the server ran; nothing more "
        "is taken. Restart the server, then run `bakureserve check`."
    ),
    "store_long_change": "A long change is being written. Try again in a moment.",
    "store_outcome_unknown": (
        "The database failed while this was being written: it may be kept, or not. Look whether it "
        "is there before you repeat it, or repeat it with the same Idempotency-Key."
    ),
    "store_read_only": (
        "The database cannot be written. See that the file and its folder belong to whoever runs "
        "the program, then try again."
    ),
    "store_slow": ("The database takes changes more slowly than they come. Try again in a moment."),
    "store_write_lost": (
        "What was just written cannot be found again in the database file; nothing more is taken. "
        "Look at its disk, restart the server, then run `bakureserve check`."
    ),
    # Its schema
    "dangling_references": (
        "The database has rows that refer to something that does not exist; nothing was changed. "
        "`bakureserve check` lists them."
    ),
    "database_exists": (
        "There is a database at {path}, and --new is for where there is none. "
        "Run `bakureserve serve` without it."
    ),
    "database_lost": (
        "The database {path} is missing, but it was there: {proof} is of it. Put the file back, "
        "mount its disk, or run `bakureserve restore BACKUP` (`bakureserve backup list` has them). "
        "To give it up and begin with an empty one: `bakureserve serve --new`."
    ),
    "no_backup": "There is no file {path}. `bakureserve backup list` has the backups.",
    "migration_name_malformed": (
        "{name} is no name of a migration. Write small letters, digits and single underscores, "
        "such as waiting_list."
    ),
    "no_database": (
        "There is no database at {path}. If there should be one, see DATA_DIR and DATABASE_URL; "
        "for a first start, `bakureserve serve` makes one."
    ),
    "not_our_database": "{path} is not a database of this program. Name another file.",
    "schema_newer": (
        "The database was written by a newer version of this program, with migrations unknown "
        "here: {unknown}. Install that version."
    ),
    "schema_older": (
        "The database {path} lacks migrations: {pending}. Run `bakureserve migrate up`."
    ),
    # Backups
    "not_a_regular_file": (
        "{path} is no regular file, so no other is put in its place. Name another file."
    ),
    "output_is_a_database": (
        "{path} is a database, and nothing else is written in its place. Name another file."
    ),
    "backup_command_failed": (
        "The backup is made, but BACKUP_COMMAND ({command}) failed on it: {reason}."
    ),
    "backup_exists": "{path} exists already. Choose another name, or give --overwrite.",
    "confirmation_missing": "This needs a yes: answer at a terminal, or give --yes.",
    "copy_failed": (
        "{source} could not be copied to {target}: {reason}. Look at the disks of both, then try "
        "again."
    ),
    "copy_needs_space": (
        "The copy needs {needed} bytes, and {folder} has {free} free. "
        "Free some space, or choose a folder on another disk."
    ),
    "copy_out_of_space": (
        "The disk of {folder} filled up; the unfinished copy was removed. "
        "Free some space, or choose a folder on another disk."
    ),
    "database_in_use": (
        "A process has the database {path} open. Stop the server and every other command, "
        "then try again."
    ),
    "file_damaged": (
        "The database file {path} is damaged: {finding}. `bakureserve check` says more; "
        "`bakureserve restore` puts a backup in its place."
    ),
    "not_a_database": "{path} is no database, or one that is damaged.",
    "same_file": "{path} is the database itself. Name another file.",
}

AZ = {
    # The database cannot serve
    "store_busy": "Verilənlər bazasına başqa dəyişiklik yazılır. Bir azdan yenidən cəhd edin.",
    "store_cannot_create": (
        "{path} oxuna və ya yazıla bilmir: {reason}. Bunu düzəldin və ya başqa qovluq seçin."
    ),
    "file_cannot_open": (
        "{path} açıla bilmir. Onun və qovluğunun mövcud olduğuna, bu hesabın onları oxuyub yaza "
        "bildiyinə baxın."
    ),
    "store_cannot_open": (
        "Verilənlər bazasını açmaq mümkün deyil. Faylın və qovluğunun mövcud olduğunu və onlara "
        "yazmaq icazəsini yoxlayın."
    ),
    "store_closed": "Server dayanır və yeni dəyişiklik qəbul etmir. Bir azdan yenidən cəhd edin.",
    "store_corrupt": (
        "Verilənlər bazasının faylı zədələnib. Serveri dayandırın, `bakureserve check`, sonra isə "
        "ən yeni ehtiyat nüsxə ilə `bakureserve restore` əmrini icra edin."
    ),
    "store_full": (
        "Verilənlər bazası üçün diskdə yer qalmayıb. Yer boşaldın və yenidən cəhd edin."
    ),
    "folder_full": "{path} üçün yer qalmayıb. Diskdə yer açın, sonra yenidən cəhd edin.",
    "store_gone": (
        "Server işləyərkən verilənlər bazasının faylı silinib və ya dəyişdirilib; yeni dəyişiklik "
        "qəbul edilmir. Faylı yerinə qaytarın və serveri yenidən işə salın."
    ),
    "store_io_error": (
        "Verilənlər bazası oxunarkən və ya yazılarkən diskdə xəta baş verdi; heç nə dəyişmədi. "
        "Diskin dolu və ya nasaz olub-olmadığını yoxlayın və yenidən cəhd edin."
    ),
    "store_log_gone": (
        "Server işləyərkən verilənlər bazasının qabaqcadan yazma jurnalı (-wal) silinib və ya "
        "dəyişdirilib; yeni dəyişiklik qəbul edilmir. Serveri yenidən işə salın, sonra "
        "`bakureserve check` əmrini icra edin."
    ),
    "store_long_change": "Uzun dəyişiklik yazılır. Bir azdan yenidən cəhd edin.",
    "store_outcome_unknown": (
        "Bu yazılarkən verilənlər bazasında nasazlıq oldu: yazı qalmış da ola bilər, qalmamış da. "
        "Təkrarlamazdan əvvəl onun olub-olmadığına baxın və ya eyni Idempotency-Key ilə "
        "təkrarlayın."
    ),
    "store_read_only": (
        "Verilənlər bazasına yazmaq mümkün deyil. Faylın və qovluğunun proqramı işlədən "
        "istifadəçiyə məxsus olduğunu yoxlayın və yenidən cəhd edin."
    ),
    "store_slow": (
        "Verilənlər bazası dəyişiklikləri gəldiyi qədər tez qəbul etmir. Bir azdan yenidən cəhd "
        "edin."
    ),
    "store_write_lost": (
        "Yenicə yazılan verilənlər bazasının faylında tapılmır; yeni dəyişiklik qəbul edilmir. "
        "Diski yoxlayın, serveri yenidən işə salın, sonra `bakureserve check` əmrini icra edin."
    ),
    # Its schema
    "dangling_references": (
        "Verilənlər bazasında mövcud olmayan yazılara istinadlar var; heç nə dəyişmədi. "
        "Onları `bakureserve check` göstərir."
    ),
    "database_exists": (
        "{path} ünvanında verilənlər bazası var, --new isə bazanın olmadığı yer üçündür. "
        "`bakureserve serve` əmrini onsuz icra edin."
    ),
    "database_lost": (
        "{path} verilənlər bazası yoxdur, amma olub: {proof} ona aiddir. Faylı yerinə qaytarın, "
        "diskini qoşun və ya `bakureserve restore BACKUP` əmrini icra edin (nüsxələri "
        "`bakureserve backup list` göstərir). Ondan imtina edib boş baza ilə başlamaq üçün: "
        "`bakureserve serve --new`."
    ),
    "no_backup": "{path} faylı yoxdur. Ehtiyat nüsxələri `bakureserve backup list` göstərir.",
    "migration_name_malformed": (
        "{name} miqrasiya adı deyil. Kiçik latın hərfləri, rəqəmlər və tək alt xətlər yazın, "
        "məsələn waiting_list."
    ),
    "no_database": (
        "{path} ünvanında verilənlər bazası yoxdur. Olmalıdırsa, DATA_DIR və DATABASE_URL "
        "dəyərlərini yoxlayın; ilk dəfə onu `bakureserve serve` yaradır."
    ),
    "not_our_database": "{path} bu proqramın verilənlər bazası deyil. Başqa fayl göstərin.",
    "schema_newer": (
        "Verilənlər bazası proqramın daha yeni versiyası ilə yazılıb; burada tanınmayan "
        "miqrasiyalar: {unknown}. Həmin versiyanı quraşdırın."
    ),
    "schema_older": (
        "{path} bazasında bu miqrasiyalar çatışmır: {pending}. `bakureserve migrate up` əmrini "
        "icra edin."
    ),
    # Backups
    "not_a_regular_file": (
        "{path} adi fayl deyil, ona görə yerinə başqası qoyulmur. Başqa fayl göstərin."
    ),
    "output_is_a_database": (
        "{path} verilənlər bazasıdır, yerinə başqa heç nə yazılmır. Başqa fayl göstərin."
    ),
    "backup_command_failed": (
        "Ehtiyat nüsxə hazırdır, amma BACKUP_COMMAND ({command}) uğursuz oldu: {reason}."
    ),
    "backup_exists": ("{path} artıq mövcuddur. Başqa ad seçin və ya --overwrite verin."),
    "confirmation_missing": "Təsdiq lazımdır: terminalda cavab verin və ya --yes əlavə edin.",
    "copy_failed": (
        "{source} faylını {target} faylına köçürmək alınmadı: {reason}. Hər ikisinin diskini "
        "yoxlayın və yenidən cəhd edin."
    ),
    "copy_needs_space": (
        "Nüsxə üçün {needed} bayt lazımdır, {folder} qovluğunda isə {free} bayt boşdur. "
        "Yer boşaldın və ya başqa diskdə qovluq seçin."
    ),
    "copy_out_of_space": (
        "{folder} qovluğunun diskində yer bitdi; yarımçıq nüsxə silindi. "
        "Yer boşaldın və ya başqa diskdə qovluq seçin."
    ),
    "database_in_use": (
        "{path} bazası başqa prosesdə açıqdır. Serveri və bütün digər əmrləri dayandırın, sonra "
        "yenidən cəhd edin."
    ),
    "file_damaged": (
        "{path} bazasının faylı zədələnib: {finding}. Ətraflı: `bakureserve check`; "
        "`bakureserve restore` onun yerinə ehtiyat nüsxəni qoyur."
    ),
    "not_a_database": "{path} verilənlər bazası deyil və ya zədələnib.",
    "same_file": "{path} elə verilənlər bazasının özüdür. Başqa fayl göstərin.",
}

RU = {
    # The database cannot serve
    "store_busy": "В базу данных записывается другое изменение. Повторите попытку чуть позже.",
    "store_cannot_create": (
        "{path} нельзя прочитать или записать: {reason}. Исправьте это или выберите другую папку."
    ),
    "file_cannot_open": (
        "{path} не открывается. Проверьте, что файл и его папка есть и что эта учётная запись "
        "может их читать и менять."
    ),
    "store_cannot_open": (
        "Не удаётся открыть базу данных. Проверьте, что файл и его папка существуют и доступны "
        "для записи."
    ),
    "store_closed": (
        "Сервер останавливается и больше не принимает изменений. Повторите попытку чуть позже."
    ),
    "store_corrupt": (
        "Файл базы данных повреждён. Остановите сервер, выполните `bakureserve check`, затем "
        "`bakureserve restore` с самой свежей резервной копией."
    ),
    "store_full": (
        "Для базы данных не осталось места. Освободите место на её диске и повторите попытку."
    ),
    "folder_full": "Для {path} не осталось места. Освободите его на диске и повторите попытку.",
    "store_gone": (
        "Файл базы данных удалён или заменён во время работы сервера; изменения больше не "
        "принимаются. Верните файл на место и перезапустите сервер."
    ),
    "store_io_error": (
        "Сбой диска при чтении или записи базы данных; ничего не изменено. "
        "Проверьте, не переполнен ли он и исправен ли, и повторите попытку."
    ),
    "store_log_gone": (
        "Журнал упреждающей записи базы данных (-wal) удалён или заменён во время работы сервера; "
        "изменения больше не принимаются. Перезапустите сервер и выполните `bakureserve check`."
    ),
    "store_long_change": "Записывается долгое изменение. Повторите попытку чуть позже.",
    "store_outcome_unknown": (
        "База данных отказала во время этой записи: она могла сохраниться, а могла и нет. Прежде "
        "чем повторять, посмотрите, есть ли она, или повторите с тем же Idempotency-Key."
    ),
    "store_read_only": (
        "В базу данных нельзя писать. Проверьте, что файл и его папка принадлежат пользователю, "
        "от имени которого работает программа, и повторите попытку."
    ),
    "store_slow": (
        "База данных принимает изменения медленнее, чем они приходят. Повторите попытку чуть позже."
    ),
    "store_write_lost": (
        "Только что записанное не находится в файле базы данных; изменения больше не принимаются. "
        "Проверьте диск, перезапустите сервер и выполните `bakureserve check`."
    ),
    # Its schema
    "dangling_references": (
        "В базе данных есть ссылки на несуществующие записи; ничего не изменено. "
        "Их перечислит `bakureserve check`."
    ),
    "database_exists": (
        "По адресу {path} есть база данных, а --new нужен там, где её нет. "
        "Выполните `bakureserve serve` без него."
    ),
    "database_lost": (
        "Базы данных {path} нет, но она была: от неё остался {proof}. Верните файл на место, "
        "подключите её диск или выполните `bakureserve restore BACKUP` (копии покажет "
        "`bakureserve backup list`). Чтобы отказаться от неё и начать с пустой: "
        "`bakureserve serve --new`."
    ),
    "no_backup": "Файла {path} нет. Резервные копии покажет `bakureserve backup list`.",
    "migration_name_malformed": (
        "{name} — не имя миграции. Пишите строчные латинские буквы, цифры и одиночные знаки "
        "подчёркивания, например waiting_list."
    ),
    "no_database": (
        "По адресу {path} нет базы данных. Если она должна быть, проверьте DATA_DIR и "
        "DATABASE_URL; при первом запуске её создаст `bakureserve serve`."
    ),
    "not_our_database": "{path} не является базой данных этой программы. Укажите другой файл.",
    "schema_newer": (
        "База данных записана более новой версией программы; неизвестные здесь миграции: "
        "{unknown}. Установите ту версию."
    ),
    "schema_older": (
        "В базе данных {path} не хватает миграций: {pending}. Выполните `bakureserve migrate up`."
    ),
    # Backups
    "not_a_regular_file": (
        "{path} — не обычный файл, поэтому другой на его место не ставится. Назовите другой файл."
    ),
    "output_is_a_database": (
        "{path} — база данных, ничто другое на её место не записывается. Назовите другой файл."
    ),
    "backup_command_failed": (
        "Резервная копия создана, но BACKUP_COMMAND ({command}) завершилась ошибкой: {reason}."
    ),
    "backup_exists": "{path} уже существует. Выберите другое имя или укажите --overwrite.",
    "confirmation_missing": "Нужно подтверждение: ответьте в терминале или добавьте --yes.",
    "copy_failed": (
        "Не удалось скопировать {source} в {target}: {reason}. Проверьте диски обоих и повторите "
        "попытку."
    ),
    "copy_needs_space": (
        "Для копии нужно {needed} байт, а в папке {folder} свободно {free}. "
        "Освободите место или выберите папку на другом диске."
    ),
    "copy_out_of_space": (
        "На диске папки {folder} кончилось место; незаконченная копия удалена. "
        "Освободите место или выберите папку на другом диске."
    ),
    "database_in_use": (
        "База данных {path} открыта другим процессом. Остановите сервер и все остальные команды "
        "и повторите попытку."
    ),
    "file_damaged": (
        "Файл базы данных {path} повреждён: {finding}. Подробнее скажет `bakureserve check`; "
        "`bakureserve restore` поставит на его место резервную копию."
    ),
    "not_a_database": "{path} — не база данных, или она повреждена.",
    "same_file": "{path} — это сама база данных. Укажите другой файл.",
}
