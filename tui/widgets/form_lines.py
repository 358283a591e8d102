"""The lines of a form's questions, by kind."""

from collections.abc import Sequence

from services.action import Question
from tui.widgets.answer_lines import AnswerLine, FlagLine, PickLine, TextLine
from tui.widgets.password_line import PasswordLine


def lines_for(questions: Sequence[Question], column: int) -> list[AnswerLine | TextLine]:
    """The lines of a form's questions, in order; one for each of several choices."""
    found: list[AnswerLine | TextLine] = []
    for question in questions:
        if question.kind == "text":
            found.append(TextLine(question, question.title, column))
        elif question.kind == "password":
            found.append(PasswordLine(question, question.title, column, question.value))
        elif question.kind == "flag":
            found.append(FlagLine(question, question.title, column, bool(question.value)))
        elif question.kind == "choices":
            held = question.value or ()
            for number, (value, label) in enumerate(question.choices):
                title = "" if number else question.title
                found.append(FlagLine(question, title, column, value in held, label=label, choice=value))
        else:
            found.append(PickLine(question, question.title, column, question.value))
    return found
