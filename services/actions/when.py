"""The questions for a time to come that every schedule asks, and the instant they come to."""

from datetime import datetime, timedelta

from services.action import Answers, Form, Question
from services.errors import InvalidInput
from services.operation import Json
from services.when import check_day, check_time, check_zone, in_zone, instant, own_zone

DAY, TIME, ZONE = "date", "time", "zone"

NOW = "now"
"""The fact with the moment the form was made."""


def questions(now: datetime) -> tuple[Question, ...]:
    """Date, time and zone: tomorrow at nine in the operator's own zone, until something else is typed."""
    zone = own_zone()
    tomorrow = in_zone(now, zone) + timedelta(days=1)
    return (
        Question(
            id=DAY,
            title="Date",
            value=f"{tomorrow:%Y-%m-%d}",
            about="Year, month and day, as in 2026-12-31",
            check=check_day,
        ),
        Question(
            id=TIME,
            title="Time",
            value="09:00",
            about="00:00 to 23:59, as the clocks there show it",
            check=check_time,
        ),
        Question(
            id=ZONE, title="Time zone", value=zone, about=f"Europe/Berlin; yours is {zone}", check=check_zone
        ),
    )


def facts(now: datetime) -> dict[str, Json]:
    """What `moment` needs of the form."""
    return {NOW: now.isoformat()}


def moment(form: Form, answers: Answers) -> tuple[datetime, str, str]:
    """The instant, the zone and the local time as typed. Raises `InvalidInput`."""
    day, at, zone = (str(answers.get(name) or "") for name in (DAY, TIME, ZONE))
    if not (day and at and zone):
        raise InvalidInput("Date, time and time zone are needed.")
    return instant(day, at, zone, datetime.fromisoformat(form.facts[NOW])), zone, f"{day} {at}"
