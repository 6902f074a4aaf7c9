"""Texts brought to one way of writing: case, width, blanks, characters."""

from __future__ import annotations

import re
from unicodedata import normalize

# The traditional characters of words of time, of numbers, money, seats and classes, and how these
# are written in simplified ones.
_TO_SIMPLIFIED = str.maketrans(
    "後週禮個點鐘兩號時過間來這聖誕節國慶勞動陽臘曆舊歲萬億陰兒雙幾從鍾剛馬開於與錢塊"
    "歐元韓鎊幣圓臺銖盧紐亞澳現盡快隨們晝單張給約準體總還壹貳參肆伍陸柒捌玖拾佰仟〇經"
    "濟艙務頭車廂標對臥鋪無優選貴賓華邊靜廁門緊廳層換將說會買賣應該連親當內農裡裏儘師"
    "婦復樹軍曉黃戶圜",
    "后周礼个点钟两号时过间来这圣诞节国庆劳动阳腊历旧岁万亿阴儿双几从钟刚马开于与钱块"
    "欧元韩镑币圆台铢卢纽亚澳现尽快随们昼单张给约准体总还一二三四五六七八九十百千零经"
    "济舱务头车厢标对卧铺无优选贵宾华边静厕门紧厅层换将说会买卖应该连亲当内农里里尽师"
    "妇复树军晓黄户圆",
) | {ord(sign): "-" for sign in "−‐"}

# Ideographs with those of extension A, those for compatibility, and zero. In escapes: editors may
# change the second range into plain characters, of which Korean would be a part.
_CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff〇]")


def is_chinese(text: str) -> bool:
    """Tell whether a text has a Chinese character.

    Examples
    --------
    >>> is_chinese("明天"), is_chinese("tomorrow"), is_chinese("내일")
    (True, False, False)
    """
    return _CHINESE.search(text) is not None


def fold(text: str) -> str:
    """Bring a text to lower case, plain digits and simplified characters, blanks squeezed.

    Examples
    --------
    >>> fold(" 後天  １９：30 ")
    '后天 19:30'
    """
    if not text.isascii():
        text = "".join(f" {c}" if c in "½¼¾" else c for c in text)  # 2½ is not 21/2
        text = normalize("NFKC", text).replace("\u2044", "/").translate(_TO_SIMPLIFIED)
    return " ".join(text.lower().split())
