"""Chinese words of dates and times, each with its kind and value; kinds as in `words_en`.

All are in simplified characters: a text in traditional ones is brought to these first, see `fold`.
"""

from __future__ import annotations

from typing import Any

from slotkit.values.words_en import Token, split_words

DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "俩": 2, "仨": 3}
SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
NUMERALS = frozenset("零一二三四五六七八九两十百千万亿廿卅")


def _same(words: str, kind: str, value: Any = None) -> dict[str, Token]:
    return dict.fromkeys(words.split(), (kind, value))


WORDS: dict[str, Token] = {
    **_same("今天 今日 今儿 今 当天 当日", "D", 0),
    **_same("明天 明日 明儿 明 翌日 次日 第二天 隔天 隔日", "D", 1),
    **_same("后天 后日 后儿", "D", 2),
    **_same("大后天 大后日", "D", 3),
    **_same("大大后天", "D", 4),
    **_same("昨天 昨日 昨儿 昨", "D", -1),
    **_same("前天 前日 前儿", "D", -2),
    **_same("大前天 大前日", "D", -3),
    **{
        word + day: ("W", number)
        for word in ("星期", "周", "礼拜")
        for number, days in enumerate(("一1", "二2", "三3", "四4", "五5", "六6", "日天七7"))
        for day in days
    },
    **_same("周末 礼拜末 周六日", "c"),
    **_same("这 本 这一 当", "r", 0),
    **_same("下 下一 下1", "r", 1),
    **_same("下下", "r", 2),
    **_same("下下下", "r", 3),
    **_same("上 上一", "r", -1),
    **_same("上上", "r", -2),
    **_same("最后 最后一", "r", -1),
    **_same("今年", "R", ("y", 0)),
    **_same("明年 来年", "R", ("y", 1)),
    **_same("后年", "R", ("y", 2)),
    **_same("去年", "R", ("y", -1)),
    **_same("前年", "R", ("y", -2)),
    **_same("年", "Y", "y"),
    **_same("月 月份", "m", "m"),
    **_same("日", "d", "d"),
    **_same("号", "d"),
    **_same("点 时", "h", "h"),
    **_same("分", "u", "i"),
    **_same("秒 秒钟", "s", "s"),
    **_same("分钟", "U", "i"),
    **_same("小时 钟头 个钟 个钟头", "U", "h"),
    **_same("天", "U", "d"),
    **_same("晚 夜", "P", "evening"),
    **_same("周 星期 礼拜", "U", "w"),
    **_same("个", "G"),
    **_same("清晨 清早 一大早 大清早 一早 拂晓 黎明 破晓", "P", "early morning"),
    **_same("早上 早晨 上午 早 晨 午前", "P", "morning"),
    **_same("凌晨", "P", "small hours"),
    **_same("今晨", "P", "this morning"),
    **_same("今早 今天早上", "P", "this morning"),
    **_same("下午 午后 后晌", "P", "afternoon"),
    **_same("傍晚 黄昏", "P", "dusk"),
    **_same("晚上 晚间 晚上头", "P", "evening"),
    **_same("夜里 夜晚 夜间 深夜 入夜", "P", "night"),
    **_same("半夜 大半夜 三更半夜", "P", "dead of night"),
    **_same("午夜 子夜 半夜三更", "P", "midnight"),
    **_same("中午 正午 午间 晌午", "P", "noon"),
    **_same("今晚 今夜", "P", "tonight"),
    **_same(
        "现在 马上 立刻 立即 此刻 目前 当前 尽快 越快越好 刚才 刚刚 眼下 此时 尽早",
        "T",
    ),
    **_same("这时候 这个时候 这个点", "T"),
    **_same("前 之前 以前", "A"),
    **_same("后 之后 以后 过后", "l"),
    **_same("从 自", "f"),
    **_same("到 至 ~ 到了", "t"),
    **_same("过 再过 过了 等", "i"),
    **_same("和 跟 与 又", "e"),
    **_same("半", "H"),
    **_same("刻", "Q"),
    **_same("刻钟", "U", "q"),
    **_same("整 钟 正", "k"),
    **_same("差 还差", "X"),
    **_same("初 头 上旬", "E", -1),
    **_same("中 中旬", "E", 0),
    **_same("底 末 尾 下旬", "E", 1),
    **_same("农历 阴历 旧历", "I"),
    **_same("正月", "L", 1),
    **_same("冬月", "L", 11),
    **_same("腊月", "L", 12),
    **{
        before + day: ("J", number)
        for before in ("初", "年初", "大年初")
        for number, day in enumerate("一二三四五六七八九十", 1)
    },
    **_same("大年三十 除夕 除夕夜 年三十 年夜 大年夜", "Z", "new year's eve lunar"),
    **_same("春节 大年初一 年初一 农历新年 过年 新春", "Z", "spring festival"),
    **_same("元宵 元宵节 上元节", "Z", "lantern festival"),
    **_same("端午 端午节", "Z", "dragon boat festival"),
    **_same("七夕 七夕节 乞巧节", "Z", "qixi"),
    **_same("中元节 鬼节", "Z", "ghost festival"),
    **_same("中秋 中秋节", "Z", "mid-autumn festival"),
    **_same("重阳 重阳节", "Z", "double ninth festival"),
    **_same("腊八 腊八节", "Z", "laba"),
    **_same("清明 清明节", "Z", "qingming"),
    **_same("冬至", "Z", "winter solstice"),
    **_same("元旦 元旦节 新年 阳历新年", "Z", "new year"),
    **_same("跨年夜 跨年", "Z", "new year's eve"),
    **_same("国庆 国庆节 国庆日 十一黄金周 十一假期 十一长假", "Z", "national day"),
    **_same("双十 双十节", "Z", "double tenth"),
    **_same("劳动节 五一 五一劳动节 五一节 五一国际劳动节", "Z", "labour day"),
    **_same("妇女节 三八 三八节 三八妇女节", "Z", "women's day"),
    **_same("儿童节 六一 六一节 六一儿童节", "Z", "children's day"),
    **_same("青年节 五四 五四青年节", "Z", "youth day"),
    **_same("教师节", "Z", "teachers' day"),
    **_same("植树节", "Z", "arbour day"),
    **_same("建军节 八一 八一建军节", "Z", "army day"),
    **_same("愚人节", "Z", "april fool"),
    **_same("情人节", "Z", "valentine"),
    **_same("圣诞 圣诞节", "Z", "christmas"),
    **_same("平安夜 圣诞夜 圣诞前夜", "Z", "christmas eve"),
    **_same("万圣节 万圣夜", "Z", "halloween"),
    **_same("感恩节", "Z", "thanksgiving"),
    **_same("复活节", "Z", "easter"),
    **_same("母亲节", "Z", "mother's day"),
    **_same("父亲节", "Z", "father's day"),
    **_same("光棍节 双十一 双11", "Z", "singles' day"),
}

# Words that say nothing of the value.
FILLERS = frozenset(
    split_words(
        "的 吧 在 于 呢 啊 了 呀 大约 大概 左右 约 差不多 多 就 是 那 那天 假期 假 期间 要 想"
        " 我 节日 间 也 都 可以 行 哈 嘛 请 准时 放假 连假 份 长假 小长假 黄金周 去 走 内 之内"
        " 以内 里 大年"
    )
)
LONGEST = 7
