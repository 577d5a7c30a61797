// What every page says, by key: the same sentence in each language.

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
  "language": {
    "en": "Language",
    "az": "Dil",
    "ru": "Язык"
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
  "phone": {
    "en": "Phone",
    "az": "Telefon",
    "ru": "Телефон"
  },
  "seated": {
    "en": "Seated",
    "az": "Masadadır",
    "ru": "За столиком"
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
  "your_name": {
    "en": "Your name",
    "az": "Adınız",
    "ru": "Ваше имя"
  }
};
