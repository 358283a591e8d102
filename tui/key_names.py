"""Names of keys as they are printed on keyboards, in ASCII: the arrows of other fonts are not everywhere."""

_NAMES = {
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "question_mark": "?",
    "colon": ":",
    "slash": "/",
    "tilde": "~",
    "plus": "+",
    "minus": "-",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "escape": "Esc",
    "delete": "Del",
    "insert": "Ins",
}


def key_name(key: str) -> str:
    """Such as "F1", "Ctrl+X", "Shift+Up", "PgDn"; a letter stays as it is."""
    *modifiers, last = key.split("+")
    if len(last) > 1:
        last = _NAMES.get(last, last.capitalize())
    elif "ctrl" in modifiers:
        last = last.upper()
    return "+".join([*(word.capitalize() for word in modifiers), last])
