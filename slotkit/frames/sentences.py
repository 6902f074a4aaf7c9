"""What a bot says of itself, in each language; what it asks and confirms is in the frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# Language -> what for -> the sentence; {in braces}: what is put in.
SENTENCES: dict[str, dict[str, str]] = {
    "en": {
        "greet": "Hello.",
        "thank": "You are welcome.",
        "intent": "I can {titles}. What would you like to do?",
        "help": "I can {titles}. Tell me what you want in your own words, and correct me at any "
        'time. "Back" takes your last answer away, "start over" all of them, and "cancel" ends '
        "this.",
        "outside": "I cannot help with that.",
        "not understood": "Sorry, I did not understand that.",
        "too long": "That is too long for me: I read {most} words at most.",
        "unreadable": 'I cannot read "{said}" as {kind}: {reason}.',
        "unsure": "Did you mean {name} {value}?",
        "noted": "{name}: {value}.",
        "again": "What should the {name} be?",
        "change": "What should I change?",
        "switch": "Do you want to {title} instead?",
        "cancelled": "All right, I have dropped it.",
        "restarted": "All right, from the beginning.",
        "taken back": "I have taken the {name} away.",
        "nothing back": "There is nothing to go back to.",
        "rest": ", {name} {value}",
        "interval": "{from} to {to}",
        "after": "from {from} on",
        "before": "before {to}",
    },
    "zh": {
        "greet": "您好！",
        "thank": "不客气。",
        "intent": "我可以帮您{titles}。请问需要什么？",
        "help": "我可以帮您{titles}。直接说您的需要就行，随时可以更正。说“上一步”可撤回刚才的回答，"
        "“重新开始”全部重来，“取消”则结束。",
        "outside": "这个我帮不上忙。",
        "not understood": "抱歉，我没听懂。",
        "too long": "这句话太长了，我一次最多读{most}个词，请说得短一些。",
        "unreadable": "“{said}”我看不出是{kind}。",
        "unsure": "您说的{name}是{value}吗？",
        "noted": "{name}：{value}。",
        "again": "请问{name}应该是什么？",
        "change": "请问要改哪一项？",
        "switch": "您是要{title}吗？",
        "cancelled": "好的，已经取消。",
        "restarted": "好的，重新来。",
        "taken back": "已撤回{name}。",
        "nothing back": "没有可以撤回的内容。",
        "rest": "，{name}{value}",
        "interval": "{from}到{to}",
        "after": "{from}起",
        "before": "{to}以前",
    },
}
# Language -> kind of value -> what it is called.
KINDS: dict[str, dict[str, str]] = {
    "en": {
        "date": "a date",
        "time": "a time",
        "datetime": "a date and a time",
        "duration": "a length of time",
        "number": "a number",
        "ordinal": "a position such as first or second",
        "money": "an amount of money",
        "choice": "one of the choices",
        "place": "a place",
        "person": "a name",
        "code": "a code",
        "text": "an answer",
    },
    "zh": {
        "date": "日期",
        "time": "时间",
        "datetime": "日期和时间",
        "duration": "时长",
        "number": "数目",
        "ordinal": "第几个",
        "money": "金额",
        "choice": "可选的一项",
        "place": "地点",
        "person": "姓名",
        "code": "编号",
        "text": "答案",
    },
}
_BETWEEN = {
    "en": (", ", " or ", " "),
    "zh": ("、", "或", ""),
}  # of many, of the last two, sentences


def either(texts: Sequence[str], language: str) -> str:
    """Join alternatives.

    Examples
    --------
    >>> either(["book", "change", "cancel"], "en")
    'book, change or cancel'
    """
    comma, last, _ = _BETWEEN[language]
    return last.join(filter(None, [comma.join(texts[:-1]), *texts[-1:]]))


def listed(texts: Sequence[str], language: str) -> str:
    """Join values that all hold.

    Examples
    --------
    >>> listed(["张伟", "小王"], "zh")
    '张伟、小王'
    """
    return _BETWEEN[language][0].join(texts)


def spoken(sentences: Sequence[str], language: str) -> str:
    """Put sentences one after the other."""
    return _BETWEEN[language][2].join(sentences)


def sentence(language: str, what: str, values: Mapping[str, str] | None = None) -> str:
    """Return a sentence of the table with what is put in.

    Examples
    --------
    >>> sentence("en", "again", {"name": "date"})
    'What should the date be?'
    """
    return SENTENCES[language][what].format_map(values or {})
