"""What people say to steer a conversation: yes, no, help, cancel, start over, back.

An utterance steers where all of it is one of these phrases, whatever its case, its punctuation and
the polite words at its ends. Both languages are always looked through: people who write Chinese
say "ok" too.
"""

from __future__ import annotations

import re
import unicodedata

from slotkit.values.fold import is_chinese
from slotkit.values.repair import closest_word


def _phrases(*commas: str) -> tuple[str, ...]:
    """Return the phrases between commas."""
    return tuple(phrase for text in commas for phrase in text.split(", "))


# Steer -> the phrases for it, as `fold` writes them.
STEERS = {
    "yes": _phrases(
        "yes, y, yeah, yep, yup, sure, ok, okay, right, correct, exactly, thats right, "
        "thats correct, that is right, that is correct, it is, fine, sounds good, perfect, "
        "of course, go ahead, please do, yes it is, yes i do, yes thats right, "
        "yes thats correct, all right, alright, great, good, do it, yes go ahead, confirm, "
        "confirmed, absolutely, definitely, book it",
        "对, 对的, 對, 對的, 是, 是的, 好, 好的, 行, 可以, 没错, 沒錯, 没问题, 沒問題, 确认, "
        "確認, 正确, 正確, 嗯, 嗯嗯, 恩, 当然, 當然, 好的可以, 对没错, 對沒錯, 行的, ok的, "
        "没有问题, 就这样, 就這樣, 是这样",
    ),
    "no": _phrases(
        "no, n, nope, nah, not really, wrong, thats wrong, that is wrong, no its not, "
        "no it isnt, not quite, incorrect, no thats wrong, no i dont, thats not right, "
        "not right, no thats not right",
        "不, 不是, 不对, 不對, 不是的, 错了, 錯了, 不行, 不可以, 不要, 没有, 沒有, 否, 不用, "
        "有误, 有誤, 不正确, 不正確",
    ),
    "help": _phrases(
        "help, help me, what can you do, how does this work, what can i say, menu, "
        "what can you help me with",
        "帮助, 幫助, 帮忙, 幫忙, 你能做什么, 你能做什麼, 你会什么, 你會什麼, 怎么用, 怎麼用, "
        "帮帮我, 幫幫我",
    ),
    "cancel": _phrases(
        "cancel, cancel it, cancel this, cancel that, cancel everything, stop, never mind, "
        "nevermind, forget it, quit, exit, abort",
        "取消, 取消吧, 算了, 算了吧, 不订了, 不訂了, 不买了, 不買了, 退出, 停止, 不要了, 不用了",
    ),
    "restart": _phrases(
        "start over, start again, restart, reset, begin again, from the beginning, "
        "lets start over, start from scratch, start all over",
        "重新开始, 重新開始, 重来, 重來, 从头开始, 從頭開始, 从头来, 從頭來, 重新来, 重新來, 重置",
    ),
    "back": _phrases(
        "back, go back, undo, one step back, previous, back one step, previous one",
        "上一步, 返回, 退回, 后退, 後退, 回到上一步, 返回上一步, 撤销, 撤銷",
    ),
    "greet": _phrases(
        "hello, hi, hey, hi there, hello there, good morning, good afternoon, good evening",
        "你好, 您好, 嗨, 早, 早上好, 上午好, 下午好, 晚上好, 早安",
    ),
    "thank": _phrases(
        "thanks, thank you, thank you very much, many thanks, thanks a lot, cheers, "
        "thanks so much, thank you so much",
        "谢谢, 謝謝, 多谢, 多謝, 谢谢你, 謝謝你, 谢谢您, 謝謝您, 非常感谢, 非常感謝, 感谢, 感謝",
    ),
}
_POLITE = _phrases(
    "please, thanks, thank you, thank you very much, well, oh, so, um, uh",
    "请, 請, 谢谢, 謝謝, 谢谢你, 谢谢您, 麻烦您, 麻煩您, 麻烦你, 麻煩你, 哦, 喔, 啊, 呀, 吧, "
    "呢, 啦, 了, 哈",
)
_SMALL = _phrases("on, at, in, by, the, around, about, just, its", "在, 的, 就, 是")
_MARKS = re.compile(r"[^\w\s]|_")
_PIECES = re.compile(r"[\s,，。.!！?？;；、:：]+")
_ONE_NUMBER = re.compile(r"[a-z]+|\d+|[\d〇零一二两兩三四五六七八九十百]+[张張个個位人名]*")
_OF = {phrase: steer for steer, phrases in STEERS.items() for phrase in phrases}

_MOST_WORDS = 8  # of a text that may be a phrase misspelt
_WORDS = {word for phrase in (*_OF, *_POLITE) for word in phrase.split() if word.isascii()}


def fold(text: str) -> str:
    """Write a text without case, punctuation and needless blanks.

    Examples
    --------
    >>> fold("  Yes,  THAT'S right! ")
    'yes thats right'
    """
    return " ".join(_MARKS.sub("", unicodedata.normalize("NFKC", text).casefold()).split())


def without_manners(folded: str) -> str:
    """Take polite words off both ends of a folded text, and leave one that is nothing else.

    Examples
    --------
    >>> without_manners("yes please"), without_manners("好的谢谢"), without_manners("thank you")
    ('yes', '好的', 'thank you')
    """
    while True:
        for word in _POLITE:
            blank = "" if is_chinese(word) else " "
            for rest in (folded.removesuffix(blank + word), folded.removeprefix(word + blank)):
                if rest != folded and rest.strip():
                    folded = rest.strip()
                    break
            else:
                continue
            break
        else:
            return folded


def says_nothing(text: str) -> bool:
    """Tell whether a text is no more than polite and small words.

    Examples
    --------
    >>> says_nothing("on , please"), says_nothing("to ")
    (True, False)
    """
    rest = without_manners(fold(text))
    return rest in _POLITE or all(word in _SMALL for word in rest.split())


def is_one_number(text: str) -> bool:
    """Tell whether a text, if it is a number, is one alone: "just two", 三张, and not "5 pm".

    Examples
    --------
    >>> is_one_number("just two"), is_one_number("三张"), is_one_number("5 pm")
    (True, True, False)
    """
    words = [word for word in without_manners(fold(text)).split() if word not in _SMALL]
    return len(words) == 1 and _ONE_NUMBER.fullmatch(words[0]) is not None


def steer(text: str) -> str | None:
    """Return what an utterance steers, a key of `STEERS`; None if it does not.

    Examples
    --------
    >>> steer("Yes, please."), steer("好的，谢谢"), steer("START OVER!"), steer("no, from Tainan")
    ('yes', 'yes', 'restart', None)
    """
    folded = fold(text)
    return _OF.get(folded) or _OF.get(without_manners(folded))


def misspelt_steer(text: str) -> str | None:
    """Return what an utterance steers where its words are misspelt; None if it does not.

    Only for texts in which nothing else is found: a name may be a letter away from such words.

    Examples
    --------
    >>> misspelt_steer("yes plaese"), misspelt_steer("cancle"), misspelt_steer("Bach")
    ('yes', 'cancel', 'back')
    """
    words = fold(text).split()
    if len(words) > _MOST_WORDS:
        return None
    return steer(" ".join(w if w in _WORDS else closest_word(w, _WORDS) or w for w in words))


def takes_back(text: str) -> bool:
    """Tell whether a text has a no between its stops and blanks: what follows is meant instead.

    Examples
    --------
    >>> takes_back("no, for Ann"), takes_back("not before noon"), takes_back("，不对，")
    (True, False, True)
    """
    return any(_OF.get(fold(piece)) == "no" for piece in _PIECES.split(text))


def language_of(text: str, languages: tuple[str, ...]) -> str:
    """Return the language in which a bot answers a text: by its script, else the first.

    Examples
    --------
    >>> language_of("去台北", ("en", "zh")), language_of("7:30", ("en", "zh"))
    ('zh', 'en')
    """
    told = "zh" if is_chinese(text) else "en"
    return told if told in languages else languages[0]
