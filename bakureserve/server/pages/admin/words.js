// The sentences of the day's list, by key, in each language.

export const WORDS = {
  "actions": {
    "en": "Actions",
    "az": "Əməliyyatlar",
    "ru": "Действия"
  },
  "all_restaurants": {
    "en": "All restaurants",
    "az": "Bütün restoranlar",
    "ru": "Все рестораны"
  },
  "cancel": {
    "en": "Cancel",
    "az": "Ləğv et",
    "ru": "Отменить"
  },
  "complete": {
    "en": "Complete",
    "az": "Başa çatdır",
    "ru": "Завершить"
  },
  "confirm": {
    "en": "Book again",
    "az": "Yenidən bron et",
    "ru": "Вернуть бронь"
  },
  "covers": {
    "en": "Covers",
    "az": "Qonaq",
    "ru": "Гостей"
  },
  "day_list": {
    "en": "Reservations of the day",
    "az": "Günün rezervasiyaları",
    "ru": "Брони на день"
  },
  "guest": {
    "en": "Guest",
    "az": "Qonağın adı",
    "ru": "Гость"
  },
  "loading": {
    "en": "Loading…",
    "az": "Yüklənir…",
    "ru": "Загрузка…"
  },
  "needs_attention": {
    "en": "Needs attention",
    "az": "Diqqət tələb edir",
    "ru": "Требует внимания"
  },
  "no-show": {
    "en": "No-show",
    "az": "Gəlmədi",
    "ru": "Не пришли"
  },
  "none": {
    "en": "No reservations on this day.",
    "az": "Bu gün üçün rezervasiya yoxdur.",
    "ru": "На этот день броней нет."
  },
  "restaurant": {
    "en": "Restaurant",
    "az": "Restoran",
    "ru": "Ресторан"
  },
  "seat": {
    "en": "Seat",
    "az": "Masaya otuzdur",
    "ru": "Посадить"
  },
  "status": {
    "en": "Status",
    "az": "Status",
    "ru": "Статус"
  },
  "totals": {
    "en": "Expected or here: {parties} reservations, covers: {covers}. Updated at {clock}.",
    "az": "Gözlənilən və ya masada olan: {parties} rezervasiya, {covers} qonaq. Yenilənib: {clock}.",
    "ru": "Ожидаются или за столиками: броней {parties}, гостей {covers}. Обновлено в {clock}."
  },
  "undo": {
    "en": "Undo",
    "az": "Geri qaytar",
    "ru": "Шаг назад"
  }
};
