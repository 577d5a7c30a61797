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
  "sign_in_needed": {
    "en": "You need to sign in for this. Signing in is not available on this page yet; please call the restaurant.",
    "az": "Bunun üçün hesaba daxil olmaq lazımdır. Bu səhifədə giriş hələ mövcud deyil; restorana zəng edin.",
    "ru": "Для этого нужно войти в систему. Вход на этой странице пока недоступен; позвоните в ресторан."
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
  }
};
