"""What is said about proofs of identity: passwords, tokens, and the keys that sign them."""

from __future__ import annotations

EN = {
    # Passwords
    "logins_busy": "Many people are signing in just now. Try again in {retry_after} s.",
    # Tokens
    "account_closed": "This account is closed. Ask the restaurant or the operator of this site.",
    "issuer_not_https": (
        "The token issuer {address} must be a domain or an https:// address; "
        "http:// only on this machine itself."
    ),
    "issuer_unreachable": (
        "The service that you sign in with cannot be reached, so your token cannot be checked. "
        "Try again in a moment."
    ),
    "rights_changed": (
        "What this account may do has changed since the access token was given out. "
        "Refresh it, or sign in again."
    ),
    "token_expired": "The access token has expired. Refresh it, or sign in again.",
    "token_too_large": (
        "This account works for more restaurants than an access token of {largest} characters "
        "can name. Share them among several accounts, or make it an administrator's."
    ),
    # Signing keys
    "keys_damaged": (
        "The file of the signing keys, {path}, is damaged. Restore it, or remove it: "
        "a new key is made then, and access tokens given out before are refused."
    ),
    "keys_open_to_others": (
        "The signing keys in {path} can be read or changed by others on this machine "
        "(mode {mode}). Run `chmod 600` on the file, then `bakureserve keys rotate`."
    ),
    "keys_owned_by_another": (
        "The signing keys in {path} belong to {owner}, and this is {account}: they are not "
        "believed. Run the command as {owner} (`sudo -u {owner} …`), or `chown {account}` the file."
    ),
    "keys_unreadable": (
        "The signing keys in {path} cannot be read: {reason}. See that the file belongs to whoever "
        "runs the program."
    ),
    "keys_unwritable": (
        "The signing keys cannot be written to {path}: {reason}. See that its folder can be "
        "written and has space left."
    ),
}

AZ = {
    # Passwords
    "logins_busy": "Hazırda çox adam daxil olur. {retry_after} s sonra yenidən cəhd edin.",
    # Tokens
    "account_closed": "Bu hesab bağlıdır. Restorana və ya saytın operatoruna müraciət edin.",
    "issuer_not_https": (
        "Token verən xidmətin ünvanı ({address}) domen adı və ya https:// ünvanı olmalıdır; "
        "http:// yalnız bu maşının özündə mümkündür."
    ),
    "issuer_unreachable": (
        "Daxil olduğunuz xidmətlə əlaqə yoxdur, ona görə tokeninizi yoxlamaq mümkün olmadı. "
        "Bir azdan yenidən cəhd edin."
    ),
    "rights_changed": (
        "Giriş tokeni veriləndən sonra bu hesabın səlahiyyətləri dəyişib. "
        "Onu yeniləyin və ya yenidən daxil olun."
    ),
    "token_expired": "Giriş tokeninin vaxtı bitib. Onu yeniləyin və ya yenidən daxil olun.",
    "token_too_large": (
        "Bu hesab {largest} simvolluq giriş tokeninə sığmayacaq qədər çox restoranda işləyir. "
        "Restoranları bir neçə hesab arasında bölün və ya hesabı administrator edin."
    ),
    # Signing keys
    "keys_damaged": (
        "İmza açarlarının faylı ({path}) zədələnib. Onu ehtiyat nüsxədən bərpa edin və ya silin: "
        "onda yeni açar yaradılacaq, əvvəl verilmiş giriş tokenləri isə qəbul edilməyəcək."
    ),
    "keys_open_to_others": (
        "{path} faylındakı imza açarlarını bu maşındakı başqa istifadəçilər oxuya və ya dəyişə "
        "bilər (icazələr: {mode}). Fayl üçün `chmod 600`, sonra `bakureserve keys rotate` "
        "əmrini icra edin."
    ),
    "keys_owned_by_another": (
        "{path} faylındakı imza açarları {owner} hesabına məxsusdur, proqramı isə {account} işə "
        "salıb: onlara etibar edilmir. Əmri {owner} kimi icra edin (`sudo -u {owner} …`) və ya "
        "fayl üçün `chown {account}` əmrindən istifadə edin."
    ),
    "keys_unreadable": (
        "{path} faylındakı imza açarlarını oxumaq mümkün olmadı: {reason}. Faylın proqramı işə "
        "salan istifadəçiyə məxsus olduğunu yoxlayın."
    ),
    "keys_unwritable": (
        "İmza açarlarını {path} faylına yazmaq mümkün olmadı: {reason}. Qovluğa yazmağın mümkün "
        "olduğunu və diskdə yer qaldığını yoxlayın."
    ),
}

RU = {
    # Passwords
    "logins_busy": "Сейчас входит много людей. Повторите попытку через {retry_after} с.",
    # Tokens
    "account_closed": "Эта учётная запись закрыта. Обратитесь в ресторан или к оператору сайта.",
    "issuer_not_https": (
        "Адрес службы, выдающей токены ({address}), должен быть доменом или адресом https://; "
        "http:// допустим только на самой этой машине."
    ),
    "issuer_unreachable": (
        "Служба, через которую вы входите, недоступна, поэтому проверить ваш токен нельзя. "
        "Повторите попытку чуть позже."
    ),
    "rights_changed": (
        "Права этой учётной записи изменились после выдачи токена доступа. "
        "Обновите его или войдите заново."
    ),
    "token_expired": "Срок действия токена доступа истёк. Обновите его или войдите заново.",
    "token_too_large": (
        "Эта учётная запись работает в большем числе ресторанов, чем помещается в токен доступа "
        "из {largest} символов. Разделите рестораны между несколькими учётными записями или "
        "сделайте эту администраторской."
    ),
    # Signing keys
    "keys_damaged": (
        "Файл с ключами подписи {path} повреждён. Восстановьте его из копии или удалите: тогда "
        "будет создан новый ключ, а выданные ранее токены доступа перестанут приниматься."
    ),
    "keys_open_to_others": (
        "Ключи подписи в {path} могут прочитать или изменить другие пользователи этой машины "
        "(права {mode}). Выполните для файла `chmod 600`, затем `bakureserve keys rotate`."
    ),
    "keys_owned_by_another": (
        "Ключи подписи в {path} принадлежат {owner}, а программу запустил {account}: им нет "
        "доверия. Выполните команду от имени {owner} (`sudo -u {owner} …`) или смените владельца "
        "файла: `chown {account}`."
    ),
    "keys_unreadable": (
        "Не удалось прочитать ключи подписи в {path}: {reason}. Проверьте, что файл принадлежит "
        "тому, кто запускает программу."
    ),
    "keys_unwritable": (
        "Не удалось записать ключи подписи в {path}: {reason}. Проверьте, что в папку можно "
        "писать и что на диске есть место."
    ),
}
