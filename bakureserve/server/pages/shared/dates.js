// Dates are "2027-03-01" and moments RFC 3339 in the restaurant's own offset, so that the clock on
// its wall can be read off the text, whatever zone the browser is in.

const NOON = "T12:00:00Z";
// Chromium has no Azerbaijani names of days and months; these are those of the Unicode CLDR.
const AZERBAIJANI = {
  long: {
    weekdays: ["bazar", "bazar ertəsi", "çərşənbə axşamı", "çərşənbə", "cümə axşamı", "cümə", "şənbə"],
    months:
      "yanvar fevral mart aprel may iyun iyul avqust sentyabr oktyabr noyabr dekabr".split(" "),
  },
  short: {
    weekdays: ["B.", "B.e.", "Ç.a.", "Ç.", "C.a.", "C.", "Ş."],
    months: "yan fev mar apr may iyn iyl avq sen okt noy dek".split(" "),
  },
};
const DAY = /^\d{4}-\d{2}-\d{2}$/;

const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
/** The hour by which every restaurant of a zone has closed for the night. */
const NIGHT_ENDS = 6 * 60;

/**
 * The date whose service runs now: half past midnight of a Friday's service is still Friday, until
 * it closes or the next one opens. `hours` are a restaurant's `opening_hours`.
 */
export function serviceDay(zone, hours, now = new Date()) {
  const { day, minutes } = wallClock(zone, now);
  const lateOnes = periodsOf(hours, addDays(day, -1)).filter(runsPastMidnight);
  const runs = lateOnes.some((each) => minutes < minutesOf(each.close));
  const opened = periodsOf(hours, day).some((each) => minutesOf(each.open) <= minutes);
  return runs && !opened ? addDays(day, -1) : day;
}

/** The service date of any restaurant in a zone: until six in the morning the day before. */
export function serviceDayOfAll(zone, now = new Date()) {
  const { day, minutes } = wallClock(zone, now);
  return minutes < NIGHT_ENDS ? addDays(day, -1) : day;
}

function wallClock(zone, now) {
  const parts = new Intl.DateTimeFormat("en", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  }).formatToParts(now);
  const part = (type) => parts.find((each) => each.type === type).value;
  return {
    day: `${part("year")}-${part("month")}-${part("day")}`,
    minutes: minutesOf(`${part("hour")}:${part("minute")}`),
  };
}

function periodsOf({ weekly, special_days: special }, day) {
  const own = special.find((each) => each.date === day);
  return own ? own.periods : weekly[WEEKDAYS[new Date(day + NOON).getUTCDay()]];
}

function runsPastMidnight({ open, close }) {
  return minutesOf(close) <= minutesOf(open);
}

function minutesOf(clock) {
  const [hours, minutes] = clock.split(":").map(Number);
  return hours * 60 + minutes;
}

export function addDays(day, count) {
  const date = new Date(day + NOON);
  date.setUTCDate(date.getUTCDate() + count);
  return date.toISOString().slice(0, 10);
}

/** Whether the text is a date that exists. */
export function isDay(text) {
  return DAY.test(text) && !Number.isNaN(Date.parse(text + NOON)) && addDays(text, 0) === text;
}

export function dayOf(moment) {
  return moment.slice(0, 10);
}

export function clockOf(moment) {
  return moment.slice(11, 16);
}

/** "Monday 1 March" in the reader's language. */
export function longDay(day, language) {
  return language === "az"
    ? inAzerbaijani(day, AZERBAIJANI.long)
    : formatted(day, language, { weekday: "long", day: "numeric", month: "long" });
}

/** "Mon, 1 Mar". */
export function shortDay(day, language) {
  return language === "az"
    ? inAzerbaijani(day, AZERBAIJANI.short)
    : formatted(day, language, { weekday: "short", day: "numeric", month: "short" });
}

function formatted(day, language, options) {
  const locale = language === "en" ? "en-GB" : language;
  return new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...options }).format(
    new Date(day + NOON),
  );
}

function inAzerbaijani(day, { weekdays, months }) {
  const date = new Date(day + NOON);
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]}, ${weekdays[date.getUTCDay()]}`;
}
