// The sentences of every page, by key, in each language.

export const WORDS = {
  "booked": {
    "en": "Booked",
    "az": "Bron edilib",
    "ru": "Забронировано"
  },
  "cancelled": {
    "en": "Cancelled",
    "az": "Ləğv edilib",
    "ru": "Отменено"
  },
  "close": {
    "en": "Close",
    "az": "Bağla",
    "ru": "Закрыть"
  },
  "completed": {
    "en": "Completed",
    "az": "Başa çatıb",
    "ru": "Завершено"
  },
  "date": {
    "en": "Date",
    "az": "Tarix",
    "ru": "Дата"
  },
  "email": {
    "en": "E-mail",
    "az": "E-poçt",
    "ru": "Эл. почта"
  },
  "failed": {
    "en": "That did not work. Please try again.",
    "az": "Alınmadı. Yenidən cəhd edin.",
    "ru": "Не получилось. Попробуйте ещё раз."
  },
  "forgot_hint": {
    "en": "If there is an account with this address, a letter with a link goes there.",
    "az": "Bu ünvanla hesab varsa, ora keçidli məktub göndəriləcək.",
    "ru": "Если с этим адресом есть учётная запись, туда придёт письмо со ссылкой."
  },
  "forgot_in_file": {
    "en": "This server sends no e-mail. If there is an account with this address, a letter lies in the folder outbox of its data, where its operator finds the link. Or the operator runs: bakureserve users passwd ADDRESS.",
    "az": "Bu server e-poçt göndərmir. Bu ünvanla hesab varsa, məktub serverin məlumat qovluğundakı outbox qovluğundadır, keçidi operator orada tapır. Yaxud operator bu əmri icra edir: bakureserve users passwd ÜNVAN.",
    "ru": "Этот сервер не отправляет почту. Если с этим адресом есть учётная запись, письмо лежит в папке outbox его данных, оператор найдёт ссылку там. Или оператор выполнит: bakureserve users passwd АДРЕС."
  },
  "forgot_never": {
    "en": "This server writes no letters. Its operator runs: bakureserve users passwd ADDRESS.",
    "az": "Bu server məktub yazmır. Operator bu əmri icra edir: bakureserve users passwd ÜNVAN.",
    "ru": "Этот сервер не пишет писем. Оператор выполнит: bakureserve users passwd АДРЕС."
  },
  "forgot_password": {
    "en": "Forgot the password?",
    "az": "Parolu unutmusunuz?",
    "ru": "Забыли пароль?"
  },
  "language": {
    "en": "Language",
    "az": "Dil",
    "ru": "Язык"
  },
  "letter_again": {
    "en": "Send another letter",
    "az": "Yeni məktub göndər",
    "ru": "Отправить ещё одно письмо"
  },
  "letter_by_mail": {
    "en": "A letter is on its way. Open the link in it within a day; until then you can book, but get no letters about it.",
    "az": "Məktub göndərildi. Bir gün ərzində oradakı keçidi açın; o vaxta qədər masa sifariş edə bilərsiniz, lakin məktub almayacaqsınız.",
    "ru": "Письмо отправлено. Откройте ссылку из него в течение суток; до этого можно бронировать, но писем о брони не будет."
  },
  "letter_in_file": {
    "en": "This server sends no e-mail: its letters lie in the folder outbox of its data, where its operator finds the link. Or the operator runs: bakureserve users verify ADDRESS. You can book at once.",
    "az": "Bu server e-poçt göndərmir: məktublar onun məlumat qovluğundakı outbox qovluğundadır, keçidi operator orada tapır. Yaxud operator bu əmri icra edir: bakureserve users verify ÜNVAN. Masanı elə indi sifariş edə bilərsiniz.",
    "ru": "Этот сервер не отправляет почту: письма лежат в папке outbox его данных, оператор найдёт ссылку там. Или оператор выполнит: bakureserve users verify АДРЕС. Бронировать можно сразу."
  },
  "letter_never": {
    "en": "This server writes no letters. Its operator runs: bakureserve users verify ADDRESS. You can book at once.",
    "az": "Bu server məktub yazmır. Operator bu əmri icra edir: bakureserve users verify ÜNVAN. Masanı elə indi sifariş edə bilərsiniz.",
    "ru": "Этот сервер не пишет писем. Оператор выполнит: bakureserve users verify АДРЕС. Бронировать можно сразу."
  },
  "letter_title": {
    "en": "Confirm your e-mail address",
    "az": "E-poçt ünvanınızı təsdiqləyin",
    "ru": "Подтвердите адрес эл. почты"
  },
  "new_password": {
    "en": "New password",
    "az": "Yeni parol",
    "ru": "Новый пароль"
  },
  "no_show": {
    "en": "No-show",
    "az": "Gəlməyib",
    "ru": "Не пришли"
  },
  "no_table": {
    "en": "No table yet",
    "az": "Masa hələ təyin edilməyib",
    "ru": "Столик ещё не назначен"
  },
  "password": {
    "en": "Password",
    "az": "Parol",
    "ru": "Пароль"
  },
  "password_hint": {
    "en": "8 to 128 characters.",
    "az": "8–128 simvol.",
    "ru": "От 8 до 128 символов."
  },
  "password_set": {
    "en": "The password is set. Sign in with it now.",
    "az": "Parol təyin edildi. İndi onunla daxil olun.",
    "ru": "Пароль задан. Теперь войдите с ним."
  },
  "phone": {
    "en": "Phone",
    "az": "Telefon",
    "ru": "Телефон"
  },
  "reset_title": {
    "en": "Choose a new password",
    "az": "Yeni parol seçin",
    "ru": "Выберите новый пароль"
  },
  "restaurant_gone": {
    "en": "A restaurant that is no longer listed",
    "az": "Artıq siyahıda olmayan restoran",
    "ru": "Ресторан, которого больше нет в списке"
  },
  "seated": {
    "en": "Seated",
    "az": "Masadadır",
    "ru": "За столиком"
  },
  "send_letter": {
    "en": "Send the letter",
    "az": "Məktubu göndər",
    "ru": "Отправить письмо"
  },
  "set_password": {
    "en": "Set the password",
    "az": "Parolu təyin et",
    "ru": "Задать пароль"
  },
  "sign_in": {
    "en": "Sign in",
    "az": "Daxil ol",
    "ru": "Войти"
  },
  "sign_in_instead": {
    "en": "I have an account",
    "az": "Hesabım var",
    "ru": "У меня есть учётная запись"
  },
  "sign_in_needed": {
    "en": "You need to sign in for this.",
    "az": "Bunun üçün hesaba daxil olmaq lazımdır.",
    "ru": "Для этого нужно войти."
  },
  "sign_out": {
    "en": "Sign out",
    "az": "Çıxış",
    "ru": "Выйти"
  },
  "sign_up": {
    "en": "Open an account",
    "az": "Hesab aç",
    "ru": "Создать учётную запись"
  },
  "sign_up_instead": {
    "en": "I have no account yet",
    "az": "Hələ hesabım yoxdur",
    "ru": "У меня ещё нет учётной записи"
  },
  "signing_in": {
    "en": "One moment…",
    "az": "Bir an…",
    "ru": "Минутку…"
  },
  "skip": {
    "en": "Skip to content",
    "az": "Məzmuna keç",
    "ru": "Перейти к содержанию"
  },
  "table": {
    "en": "Table",
    "az": "Masa",
    "ru": "Столик"
  },
  "time": {
    "en": "Time",
    "az": "Saat",
    "ru": "Время"
  },
  "timed_out": {
    "en": "The server takes too long to answer. Please try again.",
    "az": "Server çox gec cavab verir. Yenidən cəhd edin.",
    "ru": "Сервер слишком долго не отвечает. Попробуйте ещё раз."
  },
  "try_again": {
    "en": "Try again",
    "az": "Yenidən cəhd et",
    "ru": "Попробовать ещё раз"
  },
  "unreachable": {
    "en": "The server cannot be reached. Check your connection and try again.",
    "az": "Serverlə əlaqə yoxdur. İnternet bağlantınızı yoxlayıb yenidən cəhd edin.",
    "ru": "Нет связи с сервером. Проверьте подключение и попробуйте ещё раз."
  },
  "verified": {
    "en": "Your address is confirmed.",
    "az": "Ünvanınız təsdiqləndi.",
    "ru": "Адрес подтверждён."
  },
  "verify_action": {
    "en": "Yes, I opened this account",
    "az": "Bəli, bu hesabı mən açmışam",
    "ru": "Да, это моя учётная запись"
  },
  "verify_hint": {
    "en": "If it was not you, close this: nothing happens.",
    "az": "Siz açmamısınızsa, bunu bağlayın: heç nə olmayacaq.",
    "ru": "Если это были не вы, закройте это окно: ничего не произойдёт."
  },
  "verify_title": {
    "en": "Is this your account?",
    "az": "Bu hesab sizindir?",
    "ru": "Это ваша учётная запись?"
  },
  "your_name": {
    "en": "Your name",
    "az": "Adınız",
    "ru": "Ваше имя"
  }
};
