"""English words of dates, times and numbers, each with its kind and value.

Kinds are single letters, so that an expression is a string of them that patterns can match:

    n number up to 99    y four digits        N other number       x a, an
    o ordinal            M month              W weekday            D day from today
    r this, next, last   U unit of time       c weekend            R period: next year
    P part of the day    a am, pm             T now                Z festival
    A ago                l later              f from               B before
    F after              t to                 i in                 b between
    e and                H half               Q quarter            p past
    k o'clock            E edge of a period   O on                 w at, around
    j the h of 7h30      S / slash            V . stop             C : colon
    K - dash             Y m d h u s          the Chinese 年 月 日 点 分 秒
    G measure word 个    X 差 (to)            L lunar month        J day of a lunar month
    I 农历 (lunar)
"""

from __future__ import annotations

from typing import Any

Token = tuple[str, Any]


def split_words(words: str) -> list[str]:
    """Return the words of a table that is written as one text."""
    return words.split()


UNITS = split_words("zero one two three four five six seven eight nine")
TEENS = split_words(
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
)
TENS = split_words("twenty thirty forty fifty sixty seventy eighty ninety")
_ORDINALS = split_words(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
    " thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)

NUMBERS = {word: number for number, word in enumerate(UNITS + TEENS)}
NUMBERS |= {word: 10 * number for number, word in enumerate(TENS, 2)}
NUMBERS |= {"fourty": 40, "fourtey": 40, "ninty": 90}
QUANTITIES = {"couple": 2, "few": 3, "several": 3, "some": 3, "dozen": 12, "pair": 2}
ORDINALS = {word: number for number, word in enumerate(_ORDINALS, 1)}
ORDINALS |= {"thirtieth": 30, "fortieth": 40, "fiftieth": 50}

_MONTHS = [
    "january jan janu",
    "february feb febr",
    "march mar",
    "april apr",
    "may",
    "june jun",
    "july jul",
    "august aug",
    "september sep sept",
    "october oct",
    "november nov",
    "december dec",
]
_WEEKDAYS = [
    "monday mondays mon",
    "tuesday tuesdays tue tues toosday",
    "wednesday wednesdays wed weds",
    "thursday thursdays thu thur thurs",
    "friday fridays fri",
    "saturday saturdays sat satday",
    "sunday sundays sun",
]


def _same(words: str, kind: str, value: Any = None) -> dict[str, Token]:
    return dict.fromkeys(words.split(), (kind, value))


WORDS: dict[str, Token] = {
    **{word: ("n", number) for word, number in (NUMBERS | QUANTITIES).items()},
    **{word: ("o", number) for word, number in ORDINALS.items()},
    **{one: ("M", n) for n, names in enumerate(_MONTHS, 1) for one in names.split()},
    **{one: ("W", n) for n, names in enumerate(_WEEKDAYS) for one in names.split()},
    **_same("a an", "x", 1),
    **_same("today todays tday tdy", "D", 0),
    **_same("tomorrow tomorrows tmrw tmr tmw tmrro tmrrw tomoz", "D", 1),
    **_same("yesterday yesterdays", "D", -1),
    **_same("this current", "r", 0),
    **_same("next following", "r", 1),
    **_same("last previous", "r", -1),
    **_same("coming upcoming", "r", 10),
    **_same("seconds sec secs", "U", "s"),
    **_same("minute minutes min mins m", "U", "i"),
    **_same("hour hours hr hrs", "U", "h"),
    **_same("day days", "U", "d"),
    **_same("week weeks wk wks", "U", "w"),
    **_same("fortnight fortnights", "U", "f"),
    **_same("month months mth", "U", "m"),
    **_same("year years yr yrs", "U", "y"),
    **_same("nights", "U", "g"),
    **_same("weekend weekends", "c"),
    **_same("morning mornings", "P", "morning"),
    **_same("afternoon afternoons", "P", "afternoon"),
    **_same("evening evenings", "P", "evening"),
    **_same("night", "P", "night"),
    **_same("noon noontime noonish midday", "P", "noon"),
    **_same("lunch lunchtime", "P", "lunch"),
    **_same("dinner dinnertime", "P", "evening"),
    **_same("breakfast dawn", "P", "early morning"),
    **_same("midnight midnite", "P", "midnight"),
    **_same("midmorning", "P", "midmorning"),
    **_same("midafternoon", "P", "midafternoon"),
    **_same("eod", "P", "eod"),
    **_same("am", "a", "am"),
    **_same("pm", "a", "pm"),
    **_same("now immediately asap", "T"),
    **_same("ago earlier back", "A"),
    **_same("later hence", "l"),
    **_same("from since", "f"),
    **_same("before", "B"),
    **_same("after", "F"),
    **_same("to till until til through thru", "t"),
    **_same("in", "i"),
    **_same("between", "b"),
    **_same("and", "e"),
    **_same("half", "H"),
    **_same("quarter quarters", "Q"),
    **_same("past", "p"),
    **_same("oclock clock sharp ish", "k"),
    **_same("beginning start early", "E", -1),
    **_same("middle mid", "E", 0),
    **_same("end late ending", "E", 1),
    **_same("on", "O"),
    **_same("at by around about approximately circa t", "w"),
    **_same("h", "j", "h"),
    **_same("easter", "Z", "easter"),
    **_same("christmas xmas", "Z", "christmas"),
    **_same("thanksgiving", "Z", "thanksgiving"),
    **_same("halloween", "Z", "halloween"),
    **_same("valentines valentine", "Z", "valentine"),
}

# Words that say nothing of the value.
FILLERS = frozenset(
    split_words(
        "the of s for please ok okay well maybe uh um st nd rd th more so like just preferably"
        " probably sometime date time hmm it its is be will roughly near our my exactly only"
    )
)

# Several words that are one.
PHRASES: dict[str, Token] = {
    "day after tomorrow": ("D", 2),
    "day before yesterday": ("D", -2),
    "tonight": ("P", "tonight"),
    "tonite": ("P", "tonight"),
    "my day": ("D", 0),
    "same day": ("D", 0),
    "as soon as possible": ("T", None),
    "right now": ("T", None),
    "right away": ("T", None),
    "at the moment": ("T", None),
    "this moment": ("T", None),
    "this time": ("T", None),
    "same time": ("T", None),
    "at once": ("T", None),
    "straight away": ("T", None),
    "mid morning": ("P", "midmorning"),
    "mid afternoon": ("P", "midafternoon"),
    "mid day": ("P", "noon"),
    "mid night": ("P", "midnight"),
    "noon time": ("P", "noon"),
    "lunch time": ("P", "lunch"),
    "o clock": ("k", None),
    "or so": ("k", None),
    "on the dot": ("k", None),
    "later today": ("D", 0),
    "first thing": ("P", "early morning"),
    "christmas eve": ("Z", "christmas eve"),
    "xmas eve": ("Z", "christmas eve"),
    "christmas day": ("Z", "christmas"),
    "xmas day": ("Z", "christmas"),
    "new years eve": ("Z", "new year's eve"),
    "new year eve": ("Z", "new year's eve"),
    "new years day": ("Z", "new year"),
    "new year day": ("Z", "new year"),
    "new years": ("Z", "new year"),
    "new year": ("Z", "new year"),
    "boxing day": ("Z", "boxing day"),
    "easter sunday": ("Z", "easter"),
    "easter monday": ("Z", "easter monday"),
    "good friday": ("Z", "good friday"),
    "ash wednesday": ("Z", "ash wednesday"),
    "palm sunday": ("Z", "palm sunday"),
    "thanksgiving day": ("Z", "thanksgiving"),
    "black friday": ("Z", "black friday"),
    "valentines day": ("Z", "valentine"),
    "valentine day": ("Z", "valentine"),
    "st patricks day": ("Z", "st patrick"),
    "saint patricks day": ("Z", "st patrick"),
    "april fools day": ("Z", "april fool"),
    "april fools": ("Z", "april fool"),
    "independence day": ("Z", "independence day"),
    "labor day": ("Z", "labor day"),
    "labour day": ("Z", "labour day"),
    "may day": ("Z", "labour day"),
    "mothers day": ("Z", "mother's day"),
    "fathers day": ("Z", "father's day"),
    "memorial day": ("Z", "memorial day"),
    "columbus day": ("Z", "columbus day"),
    "veterans day": ("Z", "veterans day"),
    "martin luther king day": ("Z", "martin luther king day"),
    "mlk day": ("Z", "martin luther king day"),
    "presidents day": ("Z", "presidents day"),
    "halloween day": ("Z", "halloween"),
    "earth day": ("Z", "earth day"),
    "womens day": ("Z", "women's day"),
    "chinese new year": ("Z", "spring festival"),
    "lunar new year": ("Z", "spring festival"),
    "spring festival": ("Z", "spring festival"),
    "lantern festival": ("Z", "lantern festival"),
    "dragon boat festival": ("Z", "dragon boat festival"),
    "mid autumn festival": ("Z", "mid-autumn festival"),
    "moon festival": ("Z", "mid-autumn festival"),
    "national day": ("Z", "national day"),
}
