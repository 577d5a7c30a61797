// The sentences of the booking page, by key, in each language.

export const WORDS = {
  "any_table": {
    "en": "Any table that fits",
    "az": "İstənilən uyğun masa",
    "ru": "Любой подходящий столик"
  },
  "book": {
    "en": "Book this table",
    "az": "Masanı bron et",
    "ru": "Забронировать"
  },
  "book_again": {
    "en": "Book it again",
    "az": "Yenidən bron et",
    "ru": "Забронировать снова"
  },
  "book_another": {
    "en": "Book another table",
    "az": "Başqa masa bron et",
    "ru": "Забронировать ещё один столик"
  },
  "book_table": {
    "en": "Book a table",
    "az": "Masa bronu",
    "ru": "Бронирование"
  },
  "booking": {
    "en": "Booking…",
    "az": "Bron edilir…",
    "ru": "Бронируем…"
  },
  "booking_uncertain": {
    "en": "No answer came, so we cannot tell whether your table is booked. Try again: it will not be booked twice.",
    "az": "Cavab gəlmədi, ona görə masanın bron olunub-olunmadığı bilinmir. Yenidən cəhd edin: masa iki dəfə bron olunmayacaq.",
    "ru": "Ответ не пришёл, и неизвестно, забронирован ли столик. Попробуйте ещё раз: дважды он забронирован не будет."
  },
  "cancel": {
    "en": "Cancel the reservation",
    "az": "Rezervasiyanı ləğv et",
    "ru": "Отменить бронь"
  },
  "choose_restaurant": {
    "en": "Where would you like to eat?",
    "az": "Harada yemək istəyirsiniz?",
    "ru": "Где вы хотели бы поесть?"
  },
  "chosen_table": {
    "en": "chosen",
    "az": "seçilmiş",
    "ru": "выбран"
  },
  "contact": {
    "en": "Who is coming?",
    "az": "Kim gəlir?",
    "ru": "Кто придёт?"
  },
  "date_range": {
    "en": "Choose a date between {from} and {to}.",
    "az": "Bu aralıqda tarix seçin: {from} – {to}.",
    "ru": "Выберите дату в этих пределах: {from} – {to}."
  },
  "day_empty": {
    "en": "{day}: no tables are offered on this day.",
    "az": "{day}: bu gün üçün masa təklif olunmur.",
    "ru": "{day}: на этот день столики не предлагаются."
  },
  "day_full": {
    "en": "{day}: every table that fits is taken.",
    "az": "{day}: uyğun masaların hamısı tutulub.",
    "ru": "{day}: все подходящие столики заняты."
  },
  "done": {
    "en": "Your table is booked",
    "az": "Masanız bron edildi",
    "ru": "Столик забронирован"
  },
  "earlier": {
    "en": "Earlier ({count})",
    "az": "Keçmiş ({count})",
    "ru": "Прошедшие ({count})"
  },
  "found": {
    "en": "Restaurants: {count}",
    "az": "Restoranlar: {count}",
    "ru": "Рестораны: {count}"
  },
  "free_table": {
    "en": "free",
    "az": "boş",
    "ru": "свободен"
  },
  "full": {
    "en": "full",
    "az": "dolu",
    "ru": "занято"
  },
  "guests": {
    "en": "Guests",
    "az": "Qonaqlar",
    "ru": "Гости"
  },
  "local_time": {
    "en": "All times are the restaurant’s own ({zone}).",
    "az": "Bütün saatlar restoranın yerli vaxtı ilədir ({zone}).",
    "ru": "Время указано по часам ресторана ({zone})."
  },
  "looking": {
    "en": "Looking for free tables…",
    "az": "Boş masalar axtarılır…",
    "ru": "Ищем свободные столики…"
  },
  "my_reservations": {
    "en": "My reservations",
    "az": "Rezervasiyalarım",
    "ru": "Мои брони"
  },
  "name": {
    "en": "Name",
    "az": "Ad",
    "ru": "Имя"
  },
  "next_days": {
    "en": "Next days with a free table:",
    "az": "Boş masası olan növbəti günlər:",
    "ru": "Ближайшие дни со свободными столиками:"
  },
  "no_next_days": {
    "en": "The week after has no free table either. Try a later date or a smaller party.",
    "az": "Sonrakı həftədə də boş masa yoxdur. Daha gec tarix və ya daha az qonaq seçin.",
    "ru": "В следующие семь дней свободных столиков тоже нет. Выберите дату позже или меньше гостей."
  },
  "none_found": {
    "en": "No restaurant matches “{text}”. Try a shorter word.",
    "az": "“{text}” üzrə restoran tapılmadı. Daha qısa söz yazın.",
    "ru": "По запросу «{text}» ничего не нашлось. Попробуйте слово покороче."
  },
  "none_mine": {
    "en": "You have no reservations yet.",
    "az": "Hələ rezervasiyanız yoxdur.",
    "ru": "У вас пока нет броней."
  },
  "other_restaurant": {
    "en": "Other restaurants",
    "az": "Digər restoranlar",
    "ru": "Другие рестораны"
  },
  "phone_hint": {
    "en": "Optional, so that the restaurant can reach you.",
    "az": "Məcburi deyil; restoranın sizinlə əlaqə saxlaması üçündür.",
    "ru": "Необязательно: чтобы ресторан мог с вами связаться."
  },
  "plan_hint": {
    "en": "Tap a free table on the plan (the number is its seats), or leave the choice to us.",
    "az": "Plandan boş masa seçin (rəqəm yerlərin sayıdır) və ya seçimi bizə həvalə edin.",
    "ru": "Выберите свободный столик на плане (число — это места) или доверьте выбор нам."
  },
  "search": {
    "en": "Search restaurants",
    "az": "Restoran axtar",
    "ru": "Поиск ресторана"
  },
  "search_hint": {
    "en": "Name, neighbourhood or cuisine",
    "az": "Ad, məhəllə və ya mətbəx",
    "ru": "Название, район или кухня"
  },
  "searching": {
    "en": "Searching…",
    "az": "Axtarılır…",
    "ru": "Ищем…"
  },
  "table_option": {
    "en": "{name} (seats {capacity})",
    "az": "{name} ({capacity} nəfərlik)",
    "ru": "{name} (мест: {capacity})"
  },
  "taken_meanwhile": {
    "en": "{detail} The times and tables here are up to date again.",
    "az": "{detail} Buradakı saatlar və masalar yeniləndi.",
    "ru": "{detail} Время и столики на странице обновлены."
  },
  "taken_table": {
    "en": "taken or not offered",
    "az": "tutulub və ya təklif olunmur",
    "ru": "занят или не предлагается"
  },
  "times_found": {
    "en": "{day}. Times with a free table: {free}; full: {full}.",
    "az": "{day}. Boş masası olan saatlar: {free}; dolu: {full}.",
    "ru": "{day}. Время со свободными столиками: {free}; занято: {full}."
  },
  "upcoming": {
    "en": "Upcoming",
    "az": "Qarşıdan gələn",
    "ru": "Предстоящие"
  },
  "was_cancelled": {
    "en": "The reservation is cancelled",
    "az": "Rezervasiya ləğv edildi",
    "ru": "Бронь отменена"
  }
};
