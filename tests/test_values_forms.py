"""Forms of dates and times, one of each, on Monday the 7th of November 2016."""

from __future__ import annotations

import pytest

from slotkit.values import resolve

DATES = """
two days from now = 2016-11-09
next month 20th = 2016-12-20
the 1st of next month = 2016-12-01
the last day of the month = 2016-11-30
first of the month = 2016-12-01
last monday of january 2018 = 2018-01-29
the third friday of next month = 2016-12-16
the second sunday in may = 2017-05-14
3 fridays from now = 2016-11-25
two tuesdays from today = 2016-11-15
two fridays ago = 2016-10-28
one week ago on monday = 2016-10-31
a week from tuesday = 2016-11-15
in 2 days from tomorrow = 2016-11-10
wednesday two weeks ago = 2016-10-26
friday after next = 2016-11-25
this past friday = 2016-11-04
last week's friday = 2016-11-04
monday after christmas = 2016-12-26
the day before christmas eve = 2016-12-23
christmas 2018 = 2018-12-25
thanksgiving 2018 = 2018-11-22
july the 4th nineteen seventy six = 1976-07-04
the second of may two thousand and eighteen = 2018-05-02
aug 1, '18 = 2018-08-01
01-jan-2017 = 2017-01-01
20161122 = 2016-11-22
1 month 2 years 21 days later = 2018-12-28
monday the 21st = 2016-11-21
tue 15 = 2016-11-15
nextfriday = 2016-11-18
二零一六年十二月二十二 = 2016-12-22
八九年一月五号 = 1989-01-05
下个月第一个星期天 = 2016-12-04
去年今天 = 2015-11-07
农历八月十五 = 2017-10-04
一周之后的周五 = 2016-11-18
the week of december 6th = {'from': '2016-12-05', 'to': '2016-12-12', 'grain': 'week'}
third tuesday after christmas = None
in 3 days march 5 = None
星期三至四 = {'from': '2016-11-09', 'to': '2016-11-11', 'grain': 'day'}
十二至一月 = {'from': '2016-12-01', 'to': '2017-02-01', 'grain': 'month'}
國慶節前兩天 = 2017-09-29
"""
TIMES = """
three quarters past 9pm = 21:45
ten after six = 06:10
ten to midnight = 23:50
half past noon = 12:30
five before eight = 07:55
ten past = 17:10
quarter to = 16:45
seven-thirty = 07:30
eight o five = 08:05
1140 am = 11:40
fourteen hundred hours = 14:00
3:15p = 15:15
15 to noon = 11:45
20 to 22 = {'from': '20:00', 'to': '22:00', 'grain': 'hour'}
in 1h30 = 17:42
in three-quarters of an hour = 16:57
兩個鐘前 = 14:12
19:30 hrs = 19:30
12 o'clock at night = 00:00
2 in the night = 02:00
in ten minutes = 16:22
差十分钟八点 = 07:50
八点过一刻 = 08:15
一刻钟后 = 16:27
下午三四点 = None
"""
MOMENTS = """
monday morning at 9 = 2016-11-14T09:00
midnight tonight = 2016-11-08T00:00
end of the day tomorrow = 2016-11-08T23:59
same time tomorrow = 2016-11-08T16:12
the day after tomorrow at six thirty pm = 2016-11-09T18:30
2 days and 3 hours from now = 2016-11-09T19:12
5 minutes before midnight = 2016-11-07T23:55
week from tomorrow at noon = 2016-11-15T12:00
may 5th nineteen thirty = 2017-05-05T19:30
5 dec 2016, 17.30 = 2016-12-05T17:30
20161225 1700 = 2016-12-25T17:00
下周五五点 = 2016-11-18T05:00
明晚十二点 = 2016-11-09T00:00
今晚零点 = 2016-11-08T00:00
昨天这个时候 = 2016-11-06T16:12
两天两小时后 = 2016-11-09T18:12
大年初一八点 = 2017-01-28T08:00
"""
FORMS = [
    (kind, *line.split(" = "))
    for kind, table in (("date", DATES), ("time", TIMES), ("datetime", MOMENTS))
    for line in table.strip().splitlines()
]


@pytest.mark.parametrize(("kind", "text", "value"), FORMS)
def test_a_form_is_read(kind: str, text: str, value: str) -> None:
    assert str(resolve(text, kind, now="2016-11-07T16:12").value) == value


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("明晚两点", "datetime", "2026-11-30T02:00"),
        ("晚上两点", "time", "02:00"),
        ("tomorrow night at 2", "datetime", "2026-11-30T02:00"),
        ("周五晚上一点", "datetime", "2026-12-05T01:00"),
        ("周5", "date", "2026-12-04"),
        ("下星期 3", "date", "2026-12-02"),
        ("周五5点", "datetime", "2026-12-04T05:00"),
    ],
)
def test_small_hours_and_weekdays_in_figures(text: str, kind: str, value: str) -> None:
    assert resolve(text, kind, now="2026-11-28T10:00").value == value
